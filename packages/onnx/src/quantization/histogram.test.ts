import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CALIBRATION_METHODS, type CalibrationMethod, chooseRange } from './activation-range.ts';
import { affineUint8, dequantize, quantizeUint8 } from './affine.ts';
import { addValues, binCentre, binWidth, createHistogram } from './histogram.ts';

/** No numbers below 1e-38: a thread that has run ONNX Runtime takes them for zero. */
const value = fc
  .float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 })
  .map((x) => (Math.abs(x) < 1e-37 ? 0 : x));
const values = fc.array(value, { minLength: 1, maxLength: 60 });

const histogramOf = (...batches: ArrayLike<number>[]) => {
  const histogram = createHistogram();
  for (const batch of batches) addValues(histogram, Float32Array.from(batch));
  return histogram;
};

describe('addValues', () => {
  it('counts every value in the bin that holds it, whatever the order and size of the batches', () => {
    fc.assert(
      fc.property(fc.array(values, { minLength: 1, maxLength: 5 }), (batches) => {
        const histogram = histogramOf(...batches);
        const all = batches.flat();
        expect(histogram.count).toBe(all.length);
        expect([histogram.min, histogram.max]).toEqual([Math.min(...all), Math.max(...all)]);
        const expected = new Float64Array(histogram.counts.length);
        const half = expected.length / 2;
        for (const x of all) {
          const bin = Math.floor(x / binWidth(histogram)) + half;
          expected[Math.min(expected.length - 1, bin)]!++;
        }
        // Not toEqual: it takes milliseconds for thousands of elements.
        expect(expected.every((count, bin) => count === histogram.counts[bin])).toBe(true);
        const whole = histogramOf(all);
        expect(whole.counts.every((count, bin) => count === histogram.counts[bin])).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('counts what is not finite apart', () => {
    const { count, notFinite, max } = histogramOf([1, Number.NaN, 2], [Number.POSITIVE_INFINITY]);
    expect([count, notFinite, max]).toEqual([2, 2, 2]);
    expect(() => chooseRange(histogramOf([1, Number.NaN]), 'minmax', 'fc1')).toThrow(
      'chooseRange: fc1 must be finite on every calibration image, got 1 values that are not, of 2.',
    );
  });

  it('gives bins their centres', () => {
    const histogram = histogramOf([1]);
    expect(binCentre(histogram, histogram.counts.length / 2)).toBe(binWidth(histogram) / 2);
  });
});

const METHODS = Object.keys(CALIBRATION_METHODS) as CalibrationMethod[];

describe('chooseRange', () => {
  it('gives a range with zero, inside of the extremes, by every method', () => {
    fc.assert(
      fc.property(values, fc.constantFrom(...METHODS), (batch, method) => {
        const histogram = histogramOf(batch);
        const { low, high } = chooseRange(histogram, method, 'x');
        expect(low).toBeLessThanOrEqual(0);
        expect(high).toBeGreaterThanOrEqual(0);
        expect(low).toBeGreaterThanOrEqual(Math.min(histogram.min, 0));
        expect(high).toBeLessThanOrEqual(Math.max(histogram.max, 0));
      }),
      { numRuns: 60 },
    );
  });

  it('cuts rare outliers off where the method is for it', () => {
    const bell = Float32Array.from({ length: 10_000 }, (_, i) => Math.sin(i) + Math.sin(2.3 * i) + Math.sin(3.7 * i));
    const outlier = histogramOf(bell, [100]);
    const high = (method: CalibrationMethod) => chooseRange(outlier, method, 'x').high;
    expect(high('minmax')).toBe(100);
    expect(high('percentile')).toBeLessThan(4);
    expect(high('entropy')).toBeLessThan(25);
    const error = (method: CalibrationMethod) => {
      const affine = affineUint8(chooseRange(outlier, method, 'x'));
      return [...bell, 100].reduce((sum, x) => sum + (x - dequantize(quantizeUint8(x, affine), affine)) ** 2, 0);
    };
    for (const method of METHODS) expect(error('mse')).toBeLessThanOrEqual(error(method) * 1.02);
  });
});
