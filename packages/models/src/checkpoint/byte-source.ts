import { type FileHandle, open } from 'node:fs/promises';
import { UserError } from '@mfm/cli';

/** Some bytes by position: a file, or a buffer. */
export interface ByteSource {
  readonly name: string;
  readonly length: number;
  /** Exactly these bytes in a buffer of their own. The caller keeps within the length. */
  read(begin: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
}

const bytesSource = (bytes: Uint8Array): ByteSource => ({
  name: 'the given bytes',
  length: bytes.length,
  read: async (begin, end) => new Uint8Array(bytes.subarray(begin, end)),
});

/** Well below the 2 GiB that one read call can take. */
const READ_CHUNK = 2 ** 28;

/** A file may be larger than memory, or claim to be: a sparse one takes no room on the disk. */
function allocate(caller: string, name: string, length: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(length);
  } catch {
    throw new UserError(`${caller}: ${name}: ${length} bytes of it must fit in memory, and do not.`);
  }
}

const fileSource = (caller: string, name: string, file: FileHandle, length: number): ByteSource => ({
  name,
  length,
  async read(begin, end) {
    const bytes = allocate(caller, name, end - begin);
    for (let done = 0; done < bytes.length; ) {
      const { bytesRead } = await file.read(bytes, done, Math.min(READ_CHUNK, bytes.length - done), begin + done);
      if (bytesRead === 0) throw new UserError(`${caller}: ${name}: ended while it was read. Is it being written?`);
      done += bytesRead;
    }
    return bytes;
  },
});

/** A path that cannot be read, in words. */
const PATH_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'is a folder, not a file',
  EACCES: 'may not be read',
};

async function withFile<T>(caller: string, path: string, use: (source: ByteSource) => Promise<T>): Promise<T> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    const stat = await file.stat();
    if (!stat.isFile()) throw new UserError(`${caller}: ${path}: is not a file.`);
    return await use(fileSource(caller, path, file, stat.size));
  } catch (error) {
    const what = PATH_ERRORS[(error as NodeJS.ErrnoException).code ?? ''];
    throw what === undefined ? error : new UserError(`${caller}: ${path}: ${what}.`);
  } finally {
    await file?.close();
  }
}

/**
 * Does something with a file, or with bytes, as a source of bytes; a file is closed after it.
 *
 * @param caller the function that the user called, for messages
 * @throws UserError when the path cannot be read
 */
export function withSource<T>(
  caller: string,
  given: string | Uint8Array,
  use: (source: ByteSource) => Promise<T>,
): Promise<T> {
  return typeof given === 'string' ? withFile(caller, given, use) : use(bytesSource(given));
}
