import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { UserError } from '@mfm/cli';

/** Some bytes by position: a file, which is never read whole, or bytes in memory. */
export interface ByteSource {
  readonly length: number;
  /** The path of a file; undefined for bytes. */
  readonly path: string | undefined;
  /** These bytes, perhaps as a view that must not be written to. The caller keeps within the length. */
  read(begin: number, end: number): Uint8Array;
}

/** A stretch of a source: what is large is read only when it is wanted. */
export interface ByteRange {
  readonly begin: number;
  readonly end: number;
}

/** Bytes in memory as a source. */
export const bytesSource = (bytes: Uint8Array): ByteSource => ({
  length: bytes.length,
  path: undefined,
  read: (begin, end) => bytes.subarray(begin, end),
});

/** Small reads come out of one window over the file. */
const WINDOW = 2 ** 16;
/** Well below the 2 GiB that one read call can take. */
const READ_CHUNK = 2 ** 28;

function readFully(file: number, bytes: Uint8Array, position: number, path: string): void {
  for (let done = 0; done < bytes.length; ) {
    const count = readSync(file, bytes, done, Math.min(READ_CHUNK, bytes.length - done), position + done);
    if (count === 0) throw new UserError(`${path}: ended while it was read. Is it being written?`);
    done += count;
  }
}

function fileSource(path: string, file: number, length: number): ByteSource {
  let [window, windowBegin] = [new Uint8Array(0), 0];
  return {
    length,
    path,
    read(begin, end) {
      if (end - begin > WINDOW / 2) {
        const bytes = new Uint8Array(end - begin);
        readFully(file, bytes, begin, path);
        return bytes;
      }
      if (begin < windowBegin || end > windowBegin + window.length) {
        window = new Uint8Array(Math.min(WINDOW, length - begin));
        windowBegin = begin;
        readFully(file, window, begin, path);
      }
      return window.subarray(begin - windowBegin, end - windowBegin);
    },
  };
}

/** A path that cannot be read, in words. */
const PATH_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EISDIR: 'is a folder, not a file',
  EACCES: 'may not be read',
};

/**
 * Does something with a file, or with bytes, as a source; a file is closed after it.
 *
 * @param caller the function that the user called, for messages
 * @throws UserError when the path cannot be read
 */
export function withSource<T>(caller: string, given: string | Uint8Array, use: (source: ByteSource) => T): T {
  if (typeof given !== 'string') return use(bytesSource(given));
  let file: number | undefined;
  try {
    file = openSync(given, 'r');
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new UserError(`${caller}: ${given}: is not a file.`);
    return use(fileSource(given, file, stat.size));
  } catch (error) {
    const what = PATH_ERRORS[(error as NodeJS.ErrnoException).code ?? ''];
    throw what === undefined ? error : new UserError(`${caller}: ${given}: ${what}.`);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
