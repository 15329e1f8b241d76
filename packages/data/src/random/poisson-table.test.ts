import { describe, expect, it } from '@jest/globals';
import { drawPoisson, poissonTable } from './poisson-table.ts';
import { createRandom } from './random.ts';

describe('poissonTable', () => {
  it.each([0, 0.05, 1, 9.5, 60, 500])('has the distribution function of mean %p', (mean) => {
    const { first, cumulative } = poissonTable(mean);
    let [probability, total] = [Math.exp(-mean), 0];
    for (let k = 0; k < first + cumulative.length - 1; k++) {
      total += probability;
      probability *= mean / (k + 1);
      if (k >= first) expect(cumulative[k - first]! / 2 ** 32).toBeCloseTo(total, 12);
    }
    expect(cumulative.at(-1)).toBe(Number.POSITIVE_INFINITY);
    expect(mean === 0 ? 1 : total).toBeCloseTo(1, 12);
  });

  it.each([0.3, 4, 60])('draws mean and variance %p', (mean) => {
    const random = createRandom(3, 'poisson');
    const table = poissonTable(mean);
    const n = 50_000;
    const draws = Array.from(random.words(n), (word) => drawPoisson(table, word, random));
    const average = draws.reduce((sum, x) => sum + x, 0) / n;
    const variance = draws.reduce((sum, x) => sum + (x - average) ** 2, 0) / n;
    expect(Math.abs(average - mean)).toBeLessThan(4 * Math.sqrt(mean / n));
    // Fourth central moment of the distribution: mean + 3 mean².
    expect(Math.abs(variance - mean)).toBeLessThan(4 * Math.sqrt((mean + 2 * mean * mean) / n));
  });

  it('asks for further bits where the word alone cannot tell', () => {
    const random = createRandom(1);
    const table = {
      first: 7,
      cumulative: Float64Array.of(1000.25, Number.POSITIVE_INFINITY),
      guide: new Uint16Array(256),
    };
    expect(drawPoisson(table, 999, random)).toBe(7);
    expect(drawPoisson(table, 1001, random)).toBe(8);
    const share =
      Array.from({ length: 4000 }, () => drawPoisson(table, 1000, random)).filter((k) => k === 7).length / 4000;
    expect(Math.abs(share - 0.25)).toBeLessThan(0.03);
    expect(() => poissonTable(-1)).toThrow(/at least 0, got -1/);
  });
});
