import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { learningRate } from './learning-rate.ts';

describe('learningRate', () => {
  it('rises in equal steps to the peak, then falls and stays above nothing', () => {
    const plan = { peak: 0.8, steps: 20, warmup: 4 };
    expect([1, 2, 3, 4].map((step) => learningRate(plan, step))).toBeAllclose([0.2, 0.4, 0.6, 0.8]);
    const falling = Array.from({ length: 17 }, (_, i) => learningRate(plan, i + 4));
    expect([...falling].sort((a, b) => b - a)).toEqual(falling);
    expect(falling.at(-1)).toBeGreaterThan(0);
  });

  it('lies between nothing and the peak for every plan', () => {
    const plans = fc
      .integer({ min: 1, max: 500 })
      .chain((steps) => fc.tuple(fc.constant(steps), fc.nat({ max: steps })));
    fc.assert(
      fc.property(plans, fc.nat(), ([steps, warmup], n) => {
        const rate = learningRate({ peak: 1, steps, warmup }, 1 + (n % steps));
        expect(rate).toBeGreaterThan(0);
        expect(rate).toBeLessThanOrEqual(1);
      }),
    );
  });
});
