import { type ByteSource, withSource } from './byte-source.ts';
import { headerLength, parseHeader, type SafetensorsHeader } from './safetensors-header.ts';
import { ELEMENT_TYPES, type SafetensorsArray, type SafetensorsType } from './safetensors-type.ts';

/** A tensor as it was read: as many elements as its shape says. */
export interface ReadTensor {
  readonly shape: number[];
  readonly data: SafetensorsArray;
  readonly type: SafetensorsType;
}

/** What a safetensors file holds. */
export interface SafetensorsFile {
  /** By name, in the order of the file's data. */
  readonly tensors: Record<string, ReadTensor>;
  readonly metadata: Record<string, string>;
}

async function readHeader(source: ByteSource): Promise<{ header: SafetensorsHeader; dataBegin: number }> {
  const first = await source.read(0, Math.min(8, source.length));
  const dataBegin = 8 + headerLength(source.name, first, source.length);
  const header = parseHeader(source.name, await source.read(8, dataBegin), source.length - dataBegin);
  return { header, dataBegin };
}

async function readAll(source: ByteSource): Promise<SafetensorsFile> {
  const { header, dataBegin } = await readHeader(source);
  const tensors: [string, ReadTensor][] = [];
  for (const { name, type, shape, begin, end } of header.entries) {
    const bytes = await source.read(dataBegin + begin, dataBegin + end);
    tensors.push([name, { shape, type, data: ELEMENT_TYPES[type].decode(bytes) }]);
  }
  // fromEntries defines properties, so that a tensor named "__proto__" is one like any other.
  return { tensors: Object.fromEntries(tensors), metadata: header.metadata };
}

/**
 * Reads a safetensors file. Its header is untrusted: nothing is allocated beyond the file's own length.
 *
 * @param source path, or the file's bytes
 * @returns tensors with F16 and BF16 widened to float32, I64 as bigint, BOOL as bytes
 * @throws UserError naming the file and what is wrong with it
 */
export function readSafetensors(source: string | Uint8Array): Promise<SafetensorsFile> {
  return withSource('readSafetensors', source, readAll);
}

/** Reads only the header's metadata: fast, whatever the file's size. Checks as {@link readSafetensors} does. */
export async function readSafetensorsMetadata(path: string): Promise<Record<string, string>> {
  return withSource('readSafetensors', path, async (source) => (await readHeader(source)).header.metadata);
}

/** A file's checked header, with the position in the file at which its data begin: for reading parts of large tensors. */
export async function readSafetensorsHeader(path: string): Promise<SafetensorsHeader & { readonly dataBegin: number }> {
  return withSource('readSafetensors', path, async (source) => {
    const { header, dataBegin } = await readHeader(source);
    return { ...header, dataBegin };
  });
}
