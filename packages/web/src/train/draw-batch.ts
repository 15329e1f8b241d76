import { seededRandom } from '../picture/seeded-random.ts';
import type { Pass } from '../spectrum/frequency-mask.ts';

/** A picture of a batch as training takes it. */
export interface Draw {
  /** Index of the picture. */
  readonly picture: number;
  readonly isFlipped: boolean;
  readonly pass: Pass;
}

/**
 * Draws a batch: pictures with replacement, each flipped or not, each with the low-pass mask or the high-pass one. A draw depends on seed and
 * step alone, so that a training can be made again.
 *
 * @param lowShare probability of the low-pass mask
 */
export function drawBatch(
  { seed, step }: { seed: number; step: number },
  { pictures, batchSize, lowShare }: { pictures: number; batchSize: number; lowShare: number },
): Draw[] {
  const random = seededRandom(seed, step);
  return Array.from({ length: batchSize }, () => ({
    picture: Math.floor(random() * pictures),
    isFlipped: random() < 0.5,
    pass: random() < lowShare ? 'low' : 'high',
  }));
}

/** Mirrors an image [3, size, size] left to right. */
export function flipImage(image: Float32Array, size: number): Float32Array<ArrayBuffer> {
  return Float32Array.from(image, (_, i) => image[i - (i % size) + size - 1 - (i % size)]!);
}
