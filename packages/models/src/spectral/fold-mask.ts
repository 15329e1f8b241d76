import * as tf from '@tensorflow/tfjs-core';
import { columnFrequencies, type SpectrumColumns, shiftedFrequencies } from './dft-matrices.ts';

interface Folding {
  /** Flat index, in an fftshifted [H, W] mask, of each (column, row) of the spectrum. */
  readonly bins: Int32Array;
  /** Flat index of the bin of the opposite frequency. */
  readonly mirrored: Int32Array;
  /** How often a bin and its mirror image stand for each other: 1 where both are present, 2 where one is left out. [K] */
  readonly multiplicity: Float32Array;
}

const cache = new Map<string, Folding>();

function folding(height: number, width: number, columns: SpectrumColumns): Folding {
  const key = `${height} ${width} ${columns}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const index = (frequency: number, size: number) => (((frequency + Math.floor(size / 2)) % size) + size) % size;
  const bin = (fy: number, fx: number) => index(fy, height) * width + index(fx, width);
  const [fxs, fys] = [columnFrequencies(width, columns), shiftedFrequencies(height)];
  const isAlone = (fx: number) => columns === 'full' || fx === 0 || 2 * fx === width;
  const built: Folding = {
    bins: Int32Array.from(fxs.flatMap((fx) => fys.map((fy) => bin(fy, fx)))),
    mirrored: Int32Array.from(fxs.flatMap((fx) => fys.map((fy) => bin(-fy, -fx)))),
    multiplicity: Float32Array.from(fxs, (fx) => (isAlone(fx) ? 1 : 2)),
  };
  cache.set(key, built);
  return built;
}

/** How many bins of the full spectrum each column of a spectrum stands for: float32 [1, K, 1], 1 or 2. */
export function columnMultiplicity(height: number, width: number, columns: SpectrumColumns): tf.Tensor3D {
  const { multiplicity } = folding(height, width, columns);
  return tf.tensor3d(multiplicity, [1, multiplicity.length, 1]);
}

/**
 * Brings a mask (or any weights) over the full spectrum to the layout of {@link spectrum}. The spectrum of a real image is symmetric, so a
 * sum over all bins weighted by w is the sum over half of them weighted by w(k) + w(−k), and the real part of the inverse transform sees
 * the mean of m(k) and m(−k): exact for any mask, symmetric or not. For `full` columns the mask is only transposed, not made symmetric.
 *
 * @param mask float32 [N, H, W], DC at the centre
 * @returns float32 [N, K, H]
 */
export function foldMask(mask: tf.Tensor3D, columns: SpectrumColumns): tf.Tensor3D {
  const [batch, height, width] = mask.shape;
  const { bins, mirrored, multiplicity } = folding(height, width, columns);
  const flat = tf.reshape(mask, [batch, height * width]);
  const pick = (indices: Int32Array) =>
    tf.reshape(tf.gather(flat, tf.tensor1d(indices, 'int32'), 1), [batch, multiplicity.length, height]) as tf.Tensor3D;
  if (columns === 'full') return pick(bins);
  const half = tf.tensor3d(
    multiplicity.map((count) => count / 2),
    [1, multiplicity.length, 1],
  );
  return tf.mul(tf.add(pick(bins), pick(mirrored)), half) as tf.Tensor3D;
}
