import { UserError } from '@mfm/cli';
import { ELEMENT_TYPES, type SafetensorsType } from './safetensors-type.ts';

/** The format's own limit: what a header may take before anything in it has been looked at. */
export const MAX_HEADER_BYTES = 100_000_000;

/** PyTorch's limit; the format has none. */
const MAX_DIMENSIONS = 64;

/** Where a tensor lies, in bytes from the end of the header. */
export interface TensorEntry {
  readonly name: string;
  readonly type: SafetensorsType;
  readonly shape: number[];
  readonly begin: number;
  readonly end: number;
}

/** A checked header. */
export interface SafetensorsHeader {
  /** In the order of their data, which they cover without gap or overlap. */
  readonly entries: TensorEntry[];
  readonly metadata: Record<string, string>;
}

function fail(source: string, what: string): never {
  throw new UserError(`readSafetensors: ${source}: ${what}. The file is damaged or not a safetensors file.`);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** How many keys the outermost object of valid JSON text has, repeated ones included: JSON.parse keeps the last silently. */
function countOuterKeys(text: string): number {
  let [depth, keys] = [0, 0];
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '{' || character === '[') depth++;
    else if (character === '}' || character === ']') depth--;
    else if (character === ':' && depth === 1) keys++;
    else if (character === '"') {
      for (i++; text[i] !== '"'; i++) if (text[i] === '\\') i++;
    }
  }
  return keys;
}

function parseJson(source: string, bytes: Uint8Array): Record<string, unknown> {
  let parsed: unknown;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    parsed = JSON.parse(text);
  } catch {
    return fail(source, 'the header must be JSON, and is not');
  }
  if (!isObject(parsed)) return fail(source, 'the header must be a JSON object, and is not');
  if (countOuterKeys(text) !== Object.keys(parsed).length) return fail(source, 'a name occurs twice in the header');
  return parsed;
}

function parseEntry(source: string, name: string, value: unknown): TensorEntry {
  const label = JSON.stringify(name.slice(0, 100));
  if (!isObject(value)) return fail(source, `tensor ${label} must be described by an object`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string' || !Object.hasOwn(ELEMENT_TYPES, dtype)) {
    const known = Object.keys(ELEMENT_TYPES).join(', ');
    // Anything else than text is not shown: it may be nested too deep to be written.
    const got = typeof dtype === 'string' ? JSON.stringify(dtype.slice(0, 100)) : 'a value that is no text';
    throw new UserError(`readSafetensors: ${source}: tensor ${label} must have one of the types ${known}, got ${got}.`);
  }
  if (!Array.isArray(shape) || shape.length > MAX_DIMENSIONS || !shape.every(isCount))
    return fail(source, `tensor ${label} must have a shape of counts, at most ${MAX_DIMENSIONS}`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    return fail(source, `tensor ${label} must have two data_offsets`);
  }
  const [begin, end] = offsets as [number, number];
  const type = dtype as SafetensorsType;
  const bytes = shape.reduce<number>((product, length) => product * length, ELEMENT_TYPES[type].size);
  if (bytes !== end - begin) {
    return fail(
      source,
      `tensor ${label} of shape [${shape}] and type ${type} must take ${bytes} bytes, got ${end - begin}`,
    );
  }
  return { name, type, shape, begin, end };
}

function parseMetadata(source: string, value: unknown): Record<string, string> {
  if (value === undefined) return {};
  if (!isObject(value) || !Object.values(value).every((text) => typeof text === 'string')) {
    return fail(source, '__metadata__ must hold texts');
  }
  return value as Record<string, string>;
}

/**
 * Reads and checks a header: everything in it is untrusted.
 *
 * @param source the file's name, for messages
 * @param dataBytes how many bytes follow the header; all must belong to exactly one tensor
 * @throws UserError naming the file and what is wrong with it
 */
export function parseHeader(source: string, bytes: Uint8Array, dataBytes: number): SafetensorsHeader {
  const { __metadata__: metadata, ...tensors } = parseJson(source, bytes);
  const entries = Object.entries(tensors).map(([name, value]) => parseEntry(source, name, value));
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== covered) {
      const what = begin < covered ? 'overlaps the tensor before it' : 'leaves a gap before it';
      return fail(source, `tensor ${JSON.stringify(name.slice(0, 100))} ${what}`);
    }
    covered = end;
  }
  if (covered > dataBytes) {
    return fail(source, `must hold ${covered} bytes of data, got ${dataBytes}: it is truncated`);
  }
  if (covered < dataBytes) return fail(source, `${dataBytes - covered} bytes at its end belong to no tensor`);
  return { entries, metadata: parseMetadata(source, metadata) };
}

/**
 * Length of the header, from the file's first eight bytes.
 *
 * @param fileBytes length of the whole file
 * @throws UserError when it cannot be one
 */
export function headerLength(source: string, first: Uint8Array, fileBytes: number): number {
  if (first.length < 8) return fail(source, `must have at least 8 bytes, got ${first.length}`);
  const length = new DataView(first.buffer, first.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES) || length > BigInt(fileBytes - 8)) {
    return fail(source, `a header of ${length} bytes does not fit in a file of ${fileBytes}`);
  }
  return Number(length);
}
