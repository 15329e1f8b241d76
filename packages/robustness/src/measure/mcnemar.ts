import { erfc } from './erfc.ts';

/** Comparison of two models on the same images. */
export interface McNemarResult {
  /** Images that only the first, and only the second, answers right. */
  readonly onlyFirst: number;
  readonly onlySecond: number;
  /** Two-sided probability of a difference at least as large if neither were the better. */
  readonly pValue: number;
  /** Which form of the test was used. */
  readonly method: 'exact' | 'chi-square';
}

/** Below this number of discordant images the χ² approximation is too coarse. */
const SMALLEST_APPROXIMATED = 25;

/** Two-sided exact binomial test of `low` of `count` fair coins. */
function binomialPValue(low: number, count: number): number {
  let [choose, sum] = [1, 1];
  for (let k = 1; k <= low; k++) {
    choose *= (count - k + 1) / k;
    sum += choose;
  }
  return Math.min(1, 2 * sum * 0.5 ** count);
}

/**
 * McNemar's test of two models' accuracy on the same images: of the discordant ones, each model should have half. Exact binomial below 25 of them, else χ² with
 * Edwards's continuity correction, (|b − c| − 1)² / (b + c) with one degree of freedom.
 *
 * @param first 1 where the first model is right `[N]`
 * @param second of the same images, in the same order
 */
export function mcNemar(first: Uint8Array, second: Uint8Array): McNemarResult {
  if (first.length !== second.length) {
    throw new Error(`mcNemar: both must be of the same images, got ${first.length} and ${second.length}.`);
  }
  let [onlyFirst, onlySecond] = [0, 0];
  for (const [i, right] of first.entries()) {
    if (right > second[i]!) onlyFirst++;
    else if (right < second[i]!) onlySecond++;
  }
  const count = onlyFirst + onlySecond;
  if (count < SMALLEST_APPROXIMATED) {
    return { onlyFirst, onlySecond, pValue: binomialPValue(Math.min(onlyFirst, onlySecond), count), method: 'exact' };
  }
  const statistic = Math.max(0, Math.abs(onlyFirst - onlySecond) - 1) ** 2 / count;
  // The χ² distribution with one degree of freedom is that of a squared normal number.
  return { onlyFirst, onlySecond, pValue: erfc(Math.sqrt(statistic / 2)), method: 'chi-square' };
}
