import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { axisTo, curvePath, smoothed } from './loss-curve.ts';

describe('smoothed', () => {
  it('leaves what is constant, and begins at the first value', () => {
    const constant = [1, 2, 3].map((step) => ({ step, value: 4 }));
    expect(smoothed(constant, 0.9).map(({ value }) => value)).toBeAllclose([4, 4, 4]);
    const two = smoothed(
      [
        { step: 1, value: 1 },
        { step: 2, value: 3 },
      ],
      0.5,
    );
    expect(two.map(({ value }) => value)).toBeAllclose([1, 7 / 3]);
  });
});

describe('axisTo', () => {
  it('ends beyond the largest value, at a round number, with about as many marks as asked', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), fc.integer({ min: 2, max: 8 }), (largest, count) => {
        const { end, ticks } = axisTo(largest, count);
        expect(end).toBeGreaterThanOrEqual(largest * (1 - 1e-6));
        expect(end).toBeLessThanOrEqual(largest * 3.1);
        expect(ticks.length).toBeLessThanOrEqual(count + 1);
        expect(ticks[0]).toBe(0);
      }),
    );
    expect(axisTo(0.37, 4)).toEqual({ end: 0.4, ticks: [0, 0.1, 0.2, 0.3, 0.4] });
    expect(axisTo(0, 4).ticks).toEqual([0, 1]);
  });
});

describe('curvePath', () => {
  it('goes from left to right, large values up, cut off at the top', () => {
    const points = [
      { step: 0, value: 0 },
      { step: 5, value: 1 },
      { step: 10, value: 9 },
    ];
    expect(curvePath(points, { width: 100, height: 50, steps: 10, top: 2 })).toBe('M0.0 50.0L50.0 25.0L100.0 0.0');
  });
});
