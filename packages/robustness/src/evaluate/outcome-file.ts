import { createHash } from 'node:crypto';
import type { Outcomes } from './outcomes.ts';

/** First bytes of a file of outcomes; counts up when the layout changes. */
const MAGIC = Buffer.from('MFMOUT01');

const TYPES = { int32: Int32Array, uint8: Uint8Array, float32: Float32Array } as const;
type TypeName = keyof typeof TYPES;
type Column = Int32Array | Uint8Array | Float32Array;

interface Header {
  /** What the outcomes belong to, for whoever looks into the folder. */
  readonly key: unknown;
  readonly columns: readonly { readonly name: string; readonly type: TypeName; readonly length: number }[];
  readonly sha256: string;
}

/** Names of the figures that every test has; others are `measured.<name>`. */
const MEASURED = 'measured.';

function columnsOf({ measured = {}, ...rest }: Outcomes): [string, Column][] {
  return [
    ...Object.entries(rest),
    ...Object.entries(measured).map(([name, values]) => [MEASURED + name, values] as [string, Column]),
  ];
}

const typeOf = (column: Column) =>
  (Object.keys(TYPES) as TypeName[]).find((name) => column instanceof TYPES[name]) as TypeName;

/** Outcomes as bytes: magic, uint32 length of a JSON header, header, then the columns, little-endian. */
export function encodeOutcomes(outcomes: Outcomes, key: unknown): Uint8Array[] {
  const columns = columnsOf(outcomes);
  const body = columns.map(([, { buffer, byteOffset, byteLength }]) =>
    Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength),
  );
  const header: Header = {
    key,
    columns: columns.map(([name, column]) => ({ name, type: typeOf(column), length: column.length })),
    sha256: digest(body),
  };
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  return [MAGIC, length, json, ...body];
}

/** Reads them back; undefined for bytes that are damaged or something else, which are then made anew. */
export function decodeOutcomes(bytes: Uint8Array): Outcomes | undefined {
  const buffer = Buffer.from(bytes);
  if (buffer.length < 12 || !buffer.subarray(0, 8).equals(MAGIC)) return undefined;
  const start = 12 + buffer.readUInt32LE(8);
  const body = buffer.subarray(start);
  try {
    const header = JSON.parse(buffer.toString('utf8', 12, start)) as Header;
    if (digest([body]) !== header.sha256) return undefined;
    let end = 0;
    const columns = header.columns.map(({ name, type, length }) => {
      const column = new TYPES[type](length);
      new Uint8Array(column.buffer).set(body.subarray(end, end + column.byteLength));
      end += column.byteLength;
      return [name, column] as const;
    });
    const own = Object.fromEntries(columns.filter(([name]) => !name.startsWith(MEASURED)));
    const further = columns.filter(([name]) => name.startsWith(MEASURED));
    if (further.length === 0) return own as unknown as Outcomes;
    const measured = Object.fromEntries(further.map(([name, values]) => [name.slice(MEASURED.length), values]));
    return { ...own, measured } as unknown as Outcomes;
  } catch {
    return undefined;
  }
}

function digest(parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
