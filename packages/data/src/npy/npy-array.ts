import { readFile } from 'node:fs/promises';
import { UserError } from '@mfm/cli';
import { readNpyHeader } from './npy-header.ts';

/** Element types that are read, by numpy's names. */
const READERS: Readonly<Record<string, { bytes: number; read(bytes: Buffer, at: number): number }>> = {
  '|u1': { bytes: 1, read: (bytes, at) => bytes.readUInt8(at) },
  '|i1': { bytes: 1, read: (bytes, at) => bytes.readInt8(at) },
  '<i4': { bytes: 4, read: (bytes, at) => bytes.readInt32LE(at) },
  '<f4': { bytes: 4, read: (bytes, at) => bytes.readFloatLE(at) },
  '<f8': { bytes: 8, read: (bytes, at) => bytes.readDoubleLE(at) },
};

/** A numeric array of any type, widened to float64. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

/**
 * Reads a whole `.npy` file of one numeric array in C order.
 *
 * @throws UserError for a file that is missing, of another kind or element type, or cut short
 */
export async function readNpyArray(path: string): Promise<NpyArray> {
  const { descr, shape, offset } = await readNpyHeader(path);
  const reader = READERS[descr];
  if (!reader) {
    throw new UserError(
      `readNpyArray: "${path}" must have elements of ${Object.keys(READERS).join(', ')}, got ${descr}. Convert it with numpy's astype.`,
    );
  }
  const bytes = await readFile(path);
  const length = shape.reduce((product, side) => product * side, 1);
  if (bytes.length < offset + length * reader.bytes) {
    throw new UserError(`readNpyArray: "${path}" must hold ${length} elements, it ends early. Write it again.`);
  }
  return { shape, values: Float64Array.from({ length }, (_, i) => reader.read(bytes, offset + i * reader.bytes)) };
}
