import { describe, expect, it } from '@jest/globals';
import { createRandom } from '@mfm/data';
import fc from 'fast-check';
import { bootstrapAccuracies, percentileInterval, quantile } from './bootstrap.ts';
import { calibrationBins, expectedCalibrationError } from './calibration.ts';
import { erfc } from './erfc.ts';
import { mcNemar } from './mcnemar.ts';

describe('mcNemar', () => {
  // scipy 1.17: binomtest(b, b + c, 0.5).pvalue below 25 discordant images, else
  // chi2.sf(max(abs(b - c) - 1, 0)**2 / (b + c), 1).
  it.each([
    [1, 9, 0.021484375, 'exact'],
    [3, 3, 1, 'exact'],
    [0, 5, 0.0625, 'exact'],
    [0, 0, 1, 'exact'],
    [12, 12, 1, 'exact'],
    [10, 30, 0.002663119259138558, 'chi-square'],
    [100, 140, 0.01182113783662232, 'chi-square'],
    [0, 40, 6.984393061522137e-10, 'chi-square'],
    [2000, 2300, 5.1224979932527854e-6, 'chi-square'],
  ])('of %i against %i discordant images equals scipy', (b, c, pValue, method) => {
    const agreed = Uint8Array.of(1, 0, 1);
    const first = Uint8Array.from([...agreed, ...new Array(b).fill(1), ...new Array(c).fill(0)]);
    const second = Uint8Array.from([...agreed, ...new Array(b).fill(0), ...new Array(c).fill(1)]);
    const result = mcNemar(first, second);
    expect(result).toMatchObject({ onlyFirst: b, onlySecond: c, method });
    expect([result.pValue]).toBeAllclose([pValue], { rtol: 1e-12, atol: 0 });
    expect(mcNemar(second, first).pValue).toBe(result.pValue);
  });

  it('needs the same images', () => {
    expect(() => mcNemar(new Uint8Array(3), new Uint8Array(4))).toThrow(/same images, got 3 and 4/);
  });
});

describe('erfc', () => {
  it('equals scipy.special.erfc', () => {
    const x = [-1, 0, 0.1, 0.5, 1, 1.9, 2, 2.1, 3, 5, 10];
    expect(x.map(erfc)).toBeAllclose(
      [
        1.8427007929497148, 1.0, 0.8875370839817152, 0.4795001221869535, 0.15729920705028516, 0.007209570764742531,
        0.004677734981047266, 0.0029794666563329845, 2.2090496998585445e-5, 1.5374597944280347e-12,
        2.0884875837625446e-45,
      ],
      { rtol: 1e-12, atol: 0 },
    );
  });
});

describe('calibration', () => {
  it('equals its definition', () => {
    const random = createRandom(3);
    const confidence = Float32Array.from({ length: 500 }, () => random.uniform());
    const right = Uint8Array.from(confidence, (value) => (random.uniform() < value ** 1.5 ? 1 : 0));
    const bins = calibrationBins(confidence, right);
    // By its definition, one bin after the other.
    let expected = 0;
    for (let b = 0; b < 15; b++) {
      const own = [...confidence.keys()].filter((i) => confidence[i]! > b / 15 && confidence[i]! <= (b + 1) / 15);
      const gap = own.reduce((sum, i) => sum + right[i]! - confidence[i]!, 0);
      expected += Math.abs(gap) / 500;
    }
    expect(expectedCalibrationError(bins)).toBeCloseTo(expected, 12);
    expect(bins.reduce((sum, { images }) => sum + images, 0)).toBe(500);
  });

  it('equals a worked example', () => {
    // c = np.float32([.05, .9, .95, .62, .61, 1, .3, .3]); r = np.array([0, 1, 0, 1, 1, 1, 0, 1])
    // b = np.clip(np.ceil(c.astype(float) * 15).astype(int) - 1, 0, 14)
    // sum(abs(r[b == k].mean() - c[b == k].astype(float).mean()) * (b == k).mean() for k in set(b))
    const confidence = Float32Array.of(0.05, 0.9, 0.95, 0.62, 0.61, 1, 0.3, 0.3);
    const right = Uint8Array.of(0, 1, 0, 1, 1, 1, 0, 1);
    expect(expectedCalibrationError(calibrationBins(confidence, right))).toBeCloseTo(0.28374999621883035, 7);
  });
});

describe('the bootstrap', () => {
  it('takes numpy’s quantiles', () => {
    // np.quantile([3, 1, 4, 1.5, 9, 2.6], [0.025, 0.5, 0.975])
    const values = [3, 1, 4, 1.5, 9, 2.6];
    expect([0.025, 0.5, 0.975].map((q) => quantile(values, q))).toBeAllclose([1.0625, 2.8, 8.375], { rtol: 1e-12 });
    expect(quantile([7], 0.3)).toBe(7);
  });

  it('has the width of the normal approximation, and none for the difference of equal rows', () => {
    const random = createRandom(11);
    const row = Uint8Array.from({ length: 2000 }, () => (random.uniform() < 0.7 ? 1 : 0));
    const opposite = row.map((value) => 1 - value);
    const replicates = bootstrapAccuracies([row, row, opposite], 2000, 5);
    const accuracy = row.reduce((sum, value) => sum + value, 0) / row.length;
    const [low, high] = percentileInterval(replicates.map(([value]) => value!));
    const halfWidth = 1.96 * Math.sqrt((accuracy * (1 - accuracy)) / row.length);
    // 2000 resamples know the ends of the interval to about 3 %.
    expect(Math.abs((high - low) / 2 / halfWidth - 1)).toBeLessThan(0.08);
    expect(Math.abs((low + high) / 2 - accuracy)).toBeLessThan(0.1 * halfWidth);
    for (const [a, b, c] of replicates) {
      expect(a).toBe(b);
      expect(a! + c!).toBeCloseTo(1, 12);
    }
    expect(bootstrapAccuracies([row], 3, 5)[2]![0]).toBe(replicates[2]![0]);
  });

  it('stays within what was seen', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 30, max: 1 }), fc.nat(1000), (row, seed) => {
        for (const [value] of bootstrapAccuracies([row], 5, seed)) {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(1);
          if (row.every((right) => right === row[0])) expect(value).toBe(row[0]);
        }
      }),
      { numRuns: 50 },
    );
  });
});
