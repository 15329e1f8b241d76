import { UserError } from '@mfm/cli';

/**
 * Low-pass mask of the frequency domain: 1 = kept, 0 = masked, DC at ⌊size/2⌋ (fftshifted).
 * Masked where radius1² ≤ (x − ⌊size/2⌋)² + (y − ⌊size/2⌋)² < radius2², as the official code draws its circle; the high-pass mask is
 * 1 − this one. With a finite radius2 everything outside the ring is kept.
 *
 * @param size side of the square spectrum in bins
 * @param radius1 inner radius in bins; a bin at exactly this distance is masked
 * @param radius2 outer radius in bins, default none
 * @returns uint8 [size, size]
 * @throws UserError when size is not a positive integer or a radius is negative
 */
export function frequencyMask(size: number, radius1: number, radius2 = Number.POSITIVE_INFINITY): Uint8Array {
  if (!Number.isInteger(size) || size < 1) {
    throw new UserError(`frequencyMask: size must be a positive integer, got ${size}.`);
  }
  if (!(radius1 >= 0) || !(radius2 >= radius1)) {
    throw new UserError(`frequencyMask: radii must satisfy 0 ≤ radius1 ≤ radius2, got ${radius1} and ${radius2}.`);
  }
  const centre = Math.floor(size / 2);
  return Uint8Array.from({ length: size * size }, (_, index) => {
    const squared = ((index % size) - centre) ** 2 + (Math.floor(index / size) - centre) ** 2;
    return radius1 ** 2 <= squared && squared < radius2 ** 2 ? 0 : 1;
  });
}
