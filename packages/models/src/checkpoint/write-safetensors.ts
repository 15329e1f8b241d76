import { UserError, writeFileAtomic } from '@mfm/cli';
import { ELEMENT_TYPES, type SafetensorsTensor, type SafetensorsType, typeOfArray } from './safetensors-type.ts';

interface Written {
  readonly name: string;
  readonly type: SafetensorsType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** Types whose elements on the host are not those of the file: they would have to be converted. */
const NOT_WRITTEN: ReadonlySet<string> = new Set(['F16', 'BF16']);

function toWritten(name: string, { shape, data, type: given }: SafetensorsTensor): Written {
  const type = given ?? typeOfArray(data);
  if (name === '__metadata__' || type === undefined || NOT_WRITTEN.has(type)) {
    throw new UserError(`writeSafetensors: tensor "${name}" must have another name or type, got ${type}.`);
  }
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const expected = shape.reduce((product, length) => product * length, ELEMENT_TYPES[type].size);
  if (bytes.length !== expected) {
    throw new Error(
      `writeSafetensors: tensor "${name}" of shape [${shape}] must take ${expected} bytes, got ${bytes.length}.`,
    );
  }
  return { name, type, shape, bytes };
}

const byCodeUnits = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

const sortedKeys = (record: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => byCodeUnits(a, b)));

/**
 * Encodes tensors as a safetensors file. The bytes depend on names and contents alone, not on their order: large elements first, so that
 * each tensor is aligned to its own and the data to 8 bytes, then by name.
 *
 * @returns the file in chunks; those of the data are the tensors' own memory
 * @throws UserError for a type that cannot be written
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, SafetensorsTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array[] {
  const written = Object.entries(tensors).map(([name, tensor]) => toWritten(name, tensor));
  const sizeOf = ({ type }: Written) => ELEMENT_TYPES[type].size;
  written.sort((a, b) => sizeOf(b) - sizeOf(a) || byCodeUnits(a.name, b.name));
  let offset = 0;
  const described = written.map(({ name, type, shape, bytes }) => {
    const begin = offset;
    offset += bytes.length;
    return [name, { dtype: type, shape, data_offsets: [begin, offset] }] as const;
  });
  // Text by text: an object would bring names like "12" out of order.
  const parts = [
    ...(Object.keys(metadata).length > 0 ? [`"__metadata__":${JSON.stringify(sortedKeys(metadata))}`] : []),
    ...described.map(([name, description]) => `${JSON.stringify(name)}:${JSON.stringify(description)}`),
  ];
  const text = new TextEncoder().encode(`{${parts.join(',')}}`);
  const header = new Uint8Array(8 + Math.ceil(text.length / 8) * 8).fill(' '.charCodeAt(0));
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - 8), true);
  header.set(text, 8);
  return [header, ...written.map(({ bytes }) => bytes)];
}

/**
 * Writes a safetensors file, whole or not at all; see {@link encodeSafetensors}.
 *
 * @param path its folder is made when missing
 */
export async function writeSafetensors(
  path: string,
  tensors: Readonly<Record<string, SafetensorsTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await writeFileAtomic(path, encodeSafetensors(tensors, metadata));
}
