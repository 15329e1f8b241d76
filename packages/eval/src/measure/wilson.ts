import type { Interval } from '@mfm/robustness';

/** The 97.5 % quantile of the standard normal distribution. */
export const NORMAL_QUANTILE = 1.959963984540054;

/**
 * Wilson's score interval of a share, 95 % (Wilson 1927): unlike the normal approximation it stays in [0, 1] and has a width at 0 and 1.
 *
 * @param hits of `count` trials, 0 … count
 * @param count at least 1
 */
export function wilsonInterval(hits: number, count: number): Interval {
  const z = NORMAL_QUANTILE;
  const share = hits / count;
  const scale = 1 + (z * z) / count;
  const centre = (share + (z * z) / (2 * count)) / scale;
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / count + (z * z) / (4 * count * count));
  // At the ends the formula is exact but for rounding.
  return [hits === 0 ? 0 : centre - half, hits === count ? 1 : centre + half];
}
