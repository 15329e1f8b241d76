import { open } from 'node:fs/promises';
import { UserError } from '@mfm/cli';

/** What a `.npy` file says of its array. */
export interface NpyHeader {
  /** numpy's name of the element type, such as `|u1` or `<i8`. */
  readonly descr: string;
  readonly shape: readonly number[];
  /** Where the elements begin in the file. */
  readonly offset: number;
}

const MAGIC = Buffer.from('\x93NUMPY', 'latin1');

/** Longest header read: that of any plain array has a few hundred bytes. */
const LONGEST = 65536;

const read = (pattern: RegExp, text: string) => pattern.exec(text)?.[1];

/**
 * Reads the header of a `.npy` file, versions 1 to 3 (numpy.lib.format).
 *
 * @throws UserError for a file that is missing, no `.npy`, of structured or Fortran-ordered elements
 */
export async function readNpyHeader(path: string): Promise<NpyHeader> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`readNpyHeader: the file must be readable, got ${error.code} for "${path}".`);
  });
  const bytes = Buffer.alloc(LONGEST);
  const { bytesRead } = await file.read(bytes, 0, LONGEST, 0).finally(() => file.close());
  const isNpy = bytesRead > 12 && bytes.subarray(0, 6).equals(MAGIC);
  const start = bytes[6] === 1 ? 10 : 12;
  const length = bytes[6] === 1 ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8);
  const text = isNpy ? bytes.toString('latin1', start, Math.min(start + length, bytesRead)) : '';
  const descr = read(/'descr':\s*'([^']+)'/, text);
  const fortran = read(/'fortran_order':\s*(True|False)/, text);
  const shape = read(/'shape':\s*\(([\d,\sL]*)\)/, text);
  if (descr === undefined || shape === undefined || fortran !== 'False') {
    const got = !isNpy ? 'another file' : fortran === 'True' ? 'one in Fortran order' : 'a header of another kind';
    throw new UserError(
      `readNpyHeader: "${path}" must be a .npy file of one array in C order, got ${got}. Save it with numpy.save(numpy.ascontiguousarray(…)).`,
    );
  }
  return { descr, shape: shape.split(',').map(Number.parseFloat).filter(Number.isInteger), offset: start + length };
}
