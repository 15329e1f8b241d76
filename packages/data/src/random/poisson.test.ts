import { describe, expect, it } from '@jest/globals';
import { logFactorial, poissonSampler } from './poisson.ts';
import { createRandom } from './random.ts';

const DRAWS = 40_000;

/** Probability of each count, from its recurrence. */
function probabilities(mean: number, length: number): number[] {
  return Array.from({ length }, (_, k) => Math.exp(k * Math.log(mean) - mean - logFactorial(k)));
}

describe('logFactorial', () => {
  it('is the sum of logarithms', () => {
    let sum = 0;
    for (let k = 1; k <= 500; k++) {
      sum += Math.log(k);
      expect(Math.abs(logFactorial(k) - sum)).toBeLessThan(1e-10 + 1e-13 * sum);
    }
    expect(logFactorial(0)).toBe(0);
  });
});

describe('poissonSampler', () => {
  // On both sides of the change of method, and up to the 256 counts of an image.
  it.each([0.05, 0.7, 3.5, 9.99, 10, 31, 256, 4000])('follows the distribution of mean %d', (mean) => {
    const sample = poissonSampler(mean);
    const random = createRandom(7, 0, 0, 'poisson');
    const length = Math.ceil(mean + 12 * Math.sqrt(mean) + 20);
    const observed = new Float64Array(length);
    for (let i = 0; i < DRAWS; i++) observed[sample(random)]!++;
    // χ² over counts expected at least ten times; the rest is one class.
    const expected = probabilities(mean, length).map((p) => p * DRAWS);
    let [statistic, classes, restObserved, restExpected] = [0, 0, 0, 0];
    for (const [k, e] of expected.entries()) {
      if (e < 10) {
        restObserved += observed[k]!;
        restExpected += e;
        continue;
      }
      statistic += (observed[k]! - e) ** 2 / e;
      classes++;
    }
    if (restExpected > 1) statistic += (restObserved - restExpected) ** 2 / restExpected;
    // Its mean is the number of classes, its variance twice that: five deviations.
    expect(statistic).toBeLessThan(classes + 1 + 5 * Math.sqrt(2 * (classes + 1)));
    expect(observed.reduce((sum, count) => sum + count, 0)).toBe(DRAWS);
  });

  it('gives 0 for mean 0, and refuses what is no mean', () => {
    const random = createRandom(0);
    expect(Array.from({ length: 50 }, () => poissonSampler(0)(random))).toEqual(new Array(50).fill(0));
    for (const mean of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => poissonSampler(mean)).toThrow(RangeError);
    }
  });
});
