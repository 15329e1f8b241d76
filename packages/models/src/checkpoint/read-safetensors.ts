import { type FileHandle, open } from 'node:fs/promises';
import { UserError } from '@mfm/cli';
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

/** Some bytes by position: a file, or a buffer. */
interface ByteSource {
  readonly name: string;
  readonly length: number;
  /** Exactly these bytes in a buffer of their own. */
  read(begin: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
}

const bytesSource = (bytes: Uint8Array): ByteSource => ({
  name: 'the given bytes',
  length: bytes.length,
  read: async (begin, end) => new Uint8Array(bytes.subarray(begin, end)),
});

/** Well below the 2 GiB that one read call can take. */
const READ_CHUNK = 2 ** 28;

const fileSource = (name: string, file: FileHandle, length: number): ByteSource => ({
  name,
  length,
  async read(begin, end) {
    const bytes = new Uint8Array(end - begin);
    for (let done = 0; done < bytes.length; ) {
      const { bytesRead } = await file.read(bytes, done, Math.min(READ_CHUNK, bytes.length - done), begin + done);
      if (bytesRead === 0)
        throw new UserError(`readSafetensors: ${name}: ended while it was read. Is it being written?`);
      done += bytesRead;
    }
    return bytes;
  },
});

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

/** A path that cannot be read, in words. */
const PATH_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'is a folder, not a file',
  EACCES: 'may not be read',
};

/** Opens a file, does something with it as a source of bytes, and closes it. */
async function withFile<T>(path: string, use: (source: ByteSource) => Promise<T>): Promise<T> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    const stat = await file.stat();
    if (!stat.isFile()) throw new UserError(`readSafetensors: ${path}: is not a file.`);
    return await use(fileSource(path, file, stat.size));
  } catch (error) {
    const what = PATH_ERRORS[(error as NodeJS.ErrnoException).code ?? ''];
    throw what === undefined ? error : new UserError(`readSafetensors: ${path}: ${what}.`);
  } finally {
    await file?.close();
  }
}

/**
 * Reads a safetensors file. Its header is untrusted: nothing is allocated beyond the file's own length.
 *
 * @param source path, or the file's bytes
 * @returns tensors with F16 and BF16 widened to float32, I64 as bigint, BOOL as bytes
 * @throws UserError naming the file and what is wrong with it
 */
export function readSafetensors(source: string | Uint8Array): Promise<SafetensorsFile> {
  return typeof source === 'string' ? withFile(source, readAll) : readAll(bytesSource(source));
}

/** Reads only the header's metadata: fast, whatever the file's size. Checks as {@link readSafetensors} does. */
export async function readSafetensorsMetadata(path: string): Promise<Record<string, string>> {
  return withFile(path, async (source) => (await readHeader(source)).header.metadata);
}
