import type { Random } from './random.ts';

/** From here on the transformed rejection method is the faster one, and its constants hold. */
const LARGE_MEAN = 10;

/** ln k! of small integers. */
const LOG_FACTORIALS: readonly number[] = (() => {
  const table = [0];
  for (let k = 1; k < 10; k++) table.push(table[k - 1]! + Math.log(k));
  return table;
})();

/** ln k!; beyond the table Stirling's series, whose first term left out is below 1e-10. */
export function logFactorial(k: number): number {
  const known = LOG_FACTORIALS[k];
  if (known !== undefined) return known;
  const square = k * k;
  const series = (1 / 12 - (1 / 360 - 1 / (1260 * square)) / square) / k;
  return (k + 0.5) * Math.log(k) - k + 0.5 * Math.log(2 * Math.PI) + series;
}

/** Counts the uniform factors whose product stays above e^−mean (Knuth): mean + 1 draws on average. */
function countFactors(mean: number): (random: Random) => number {
  const limit = Math.exp(-mean);
  return (random) => {
    let count = 0;
    for (let product = random.uniform(); product > limit; product *= random.uniform()) count++;
    return count;
  };
}

/** Transformed rejection with squeeze: Hörmann (1993), "The transformed rejection method for generating Poisson random variables", PTRS. */
function transformedRejection(mean: number): (random: Random) => number {
  const logMean = Math.log(mean);
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const logInverseAlpha = Math.log(1.1239 + 1.1328 / (b - 3.4));
  const squeeze = 0.9277 - 3.6224 / (b - 2);
  return (random) => {
    for (;;) {
      const u = random.uniform(-0.5, 0.5);
      const v = random.uniform();
      const edge = 0.5 - Math.abs(u);
      const k = Math.floor(((2 * a) / edge + b) * u + mean + 0.43);
      // Most draws end here, without a logarithm.
      if (edge >= 0.07 && v <= squeeze) return k;
      if (k < 0 || (edge < 0.013 && v > edge)) continue;
      const accepted = Math.log(v) + logInverseAlpha - Math.log(a / (edge * edge) + b);
      if (accepted <= k * logMean - mean - logFactorial(k)) return k;
    }
  };
}

/**
 * Makes a sampler of the Poisson distribution.
 *
 * @param mean expected value and variance, finite, at least 0
 * @returns draws an integer ≥ 0
 */
export function poissonSampler(mean: number): (random: Random) => number {
  if (!(mean >= 0 && mean < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`poissonSampler: mean must be a finite number of at least 0, got ${mean}.`);
  }
  return mean < LARGE_MEAN ? countFactors(mean) : transformedRejection(mean);
}
