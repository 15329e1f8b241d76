import type { Initialiser } from '@mfm/models';
import type { Check } from './check.ts';

/** Statistics of a tensor's values. */
export interface SampleStatistics {
  mean: number;
  std: number;
  min: number;
  max: number;
}

/** Standard errors that two samples of one distribution may differ by; thousands of tensors stay within it. */
const STANDARD_ERRORS = 6;
/** −ln of the probability with which an extreme may miss its bound: as rare as the errors above. */
const RARITY = 20;
/** Rounding of statistics of constants. */
const ROUNDING = 1e-7;

export function sampleStatistics(data: ArrayLike<number>): SampleStatistics {
  let [sum, squares, min, max] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    sum += value;
    squares += value * value;
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  const mean = sum / data.length;
  return { mean, std: Math.sqrt(Math.max(0, squares / data.length - mean * mean)), min, max };
}

/** How far the extremes of two normal samples may be apart: the Gumbel distribution's scale is σ / √(2 ln n). */
const normalExtreme = (std: number, count: number) => (RARITY * std) / Math.sqrt(2 * Math.log(Math.max(count, 3)));

/** Of two samples of a distribution whose density at its bound is given: gaps to the bound are exponential. */
const boundedExtreme = (density: number, count: number) => RARITY / (density * count);

const NORMAL_DENSITY = 1 / Math.sqrt(2 * Math.PI);

type Extremes<K extends Initialiser['kind']> = (init: Extract<Initialiser, { kind: K }>, count: number) => number;

/** How far the extremes of two samples of each initial distribution may be apart. */
const EXTREMES: { readonly [K in Initialiser['kind']]: Extremes<K> } = {
  constant: () => 0,
  fixed: () => 0,
  uniform: ({ bound }, count) => Math.min(2 * bound, boundedExtreme(1 / (2 * bound), count)),
  truncatedNormal({ std, limit, scale }, count) {
    const density = (NORMAL_DENSITY * Math.exp(-((limit / std) ** 2) / 2)) / (std * scale);
    return Math.min(2 * limit * scale, normalExtreme(std * scale, count), boundedExtreme(density, count));
  },
  normal: ({ std }, count) => normalExtreme(std, count),
};

/**
 * Without the one value that PyTorch 1.13's `trunc_normal_` now and then puts at its bound: its uniform draw can be 0, whose inverse is −∞,
 * and that is clamped. A normal distribution a hundred standard deviations wide has no other way to get there.
 */
function withoutClamped(expected: SampleStatistics, count: number, init: Initialiser): SampleStatistics {
  if (init.kind !== 'truncatedNormal' || init.limit < 10 * init.std) return expected;
  const clamped = -init.limit * init.scale;
  if (Math.abs(expected.min - clamped) > ROUNDING) return expected;
  const mean = (expected.mean * count - clamped) / (count - 1);
  const square = ((expected.std ** 2 + expected.mean ** 2) * count - clamped ** 2) / (count - 1);
  return { mean, std: Math.sqrt(Math.max(0, square - mean ** 2)), min: Number.NaN, max: expected.max };
}

/** Whether two samples of one size may be of one distribution, an initial one; a minimum that is not known is left out. */
export function sampleChecks(
  name: string,
  data: ArrayLike<number>,
  given: SampleStatistics,
  init: Initialiser,
): Check[] {
  const actual = sampleStatistics(data);
  const expected = withoutClamped(given, data.length, init);
  const spread = Math.max(actual.std, expected.std);
  // Both are samples: the difference of two means has √2 standard errors. A standard deviation's own error is σ / √(2n) at most for
  // distributions with no heavier tails than the normal's.
  const mean = (STANDARD_ERRORS * Math.SQRT2 * spread) / Math.sqrt(data.length) + ROUNDING;
  const std = (STANDARD_ERRORS * spread) / Math.sqrt(data.length) + ROUNDING;
  const extreme = (EXTREMES[init.kind] as Extremes<Initialiser['kind']>)(init as never, data.length) + ROUNDING;
  const check = (key: keyof SampleStatistics, tolerance: number): Check => ({
    name: `${name} ${key}`,
    error: Math.abs(actual[key] - expected[key]),
    tolerance,
  });
  const minimum = Number.isNaN(expected.min) ? [] : [check('min', extreme)];
  return [check('mean', mean), check('std', std), ...minimum, check('max', extreme)];
}
