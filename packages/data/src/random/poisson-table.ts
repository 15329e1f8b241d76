import type { Random } from './random.ts';

/** The distribution function of one Poisson distribution, for many draws from it. */
export interface PoissonTable {
  /** The count that the first entry stands for. */
  readonly first: number;
  /** P(X ≤ first + i) · 2³²; the last is infinite. */
  readonly cumulative: Float64Array;
  /** By a word's upper eight bits: the entry where the search begins. */
  readonly guide: Uint16Array;
}

/** Counts rarer than this, relative to the commonest, are left out: far below what 53 bits can tell. */
const RAREST = 1e-19;

/**
 * Tabulates a Poisson distribution: a draw is then one word and a comparison or two.
 *
 * @param mean finite, at least 0
 * @throws RangeError for another mean
 */
export function poissonTable(mean: number): PoissonTable {
  if (!(mean >= 0 && mean < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`poissonTable: mean must be a finite number of at least 0, got ${mean}.`);
  }
  const mode = Math.floor(mean);
  // Relative to the most likely count, by the recurrence on both sides of it.
  const weights = [1];
  let first = mode;
  for (let weight = first / mean; first > 0 && weight > RAREST; weight *= first / mean) {
    weights.unshift(weight);
    first--;
  }
  for (let k = mode + 1, weight = mean / k; weight > RAREST; weight *= mean / ++k) weights.push(weight);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let below = 0;
  const cumulative = weights.map((weight) => {
    below += weight;
    return (below / total) * 2 ** 32;
  });
  cumulative[cumulative.length - 1] = Number.POSITIVE_INFINITY;
  const guide = Uint16Array.from({ length: 256 }, (_, top) => cumulative.findIndex((edge) => edge > top * 2 ** 24));
  return { first, cumulative: Float64Array.from(cumulative), guide };
}

/**
 * Draws by inversion. The word decides unless an edge of the table falls within its last bit; then further bits do, so that the
 * probabilities are those of the table in double precision.
 *
 * @param word uniform uint32
 * @param random gives the further bits
 */
export function drawPoisson({ first, cumulative, guide }: PoissonTable, word: number, random: Random): number {
  let i = guide[word >>> 24]!;
  while (word >= cumulative[i]!) i++;
  if (word + 1 > cumulative[i]!) {
    const position = word + random.uniform();
    while (position >= cumulative[i]!) i++;
  }
  return first + i;
}
