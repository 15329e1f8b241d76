import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { componentColours, principalComponents } from './principal-components.ts';

const squared = (values: Float64Array) => values.reduce((sum, value) => sum + value ** 2, 0);

describe('principalComponents', () => {
  it('finds orthogonal directions of known variance', () => {
    const count = 40;
    const wave = (i: number, k: number) => Math.sqrt(2 / count) * Math.cos((2 * Math.PI * k * i) / count);
    const scales = [9, 4, 2];
    // Three orthonormal scores times three orthonormal directions of a 4-dimensional space, off-centre.
    const directions = [
      [0.5, 0.5, 0.5, 0.5],
      [0.5, -0.5, 0.5, -0.5],
      [0.5, 0.5, -0.5, -0.5],
    ];
    const features = Array.from({ length: count * 4 }, (_, at) => {
      const [i, d] = [Math.floor(at / 4), at % 4];
      return 7 + scales.reduce((sum, scale, c) => sum + scale * wave(i, c + 1) * directions[c]![d]!, 0);
    });
    const scores = principalComponents(features, count, 4);
    for (const [c, scale] of scales.entries()) {
      expect(squared(scores[c]!)).toBeCloseTo(scale ** 2, 9);
      const peak = Math.max(...scores[c]!);
      expect(peak).toBeCloseTo(scale * Math.sqrt(2 / count), 6);
    }
  });

  it('of any features: uncorrelated scores, falling variance, never more than there is', () => {
    const features = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 60, maxLength: 60 });
    fc.assert(
      fc.property(features, (values) => {
        const scores = principalComponents(values, 12, 5);
        const [a, b, c] = scores.map(squared) as [number, number, number];
        const mean = (d: number) => values.reduce((sum, v, i) => sum + (i % 5 === d ? v / 12 : 0), 0);
        const total = values.reduce((sum, v, i) => sum + (v - mean(i % 5)) ** 2, 0);
        expect(a + b + c).toBeLessThanOrEqual(total * (1 + 1e-9) + 1e-12);
        // The subspace is exact; directions of nearly equal variance need not be separated after sixty iterations.
        expect(b).toBeLessThanOrEqual(a * 1.05 + 1e-9);
        expect(c).toBeLessThanOrEqual(b * 1.05 + 1e-9);
      }),
      { numRuns: 40 },
    );
  });

  it('gives zeros where there is no variance, and grey for them', () => {
    const scores = principalComponents(new Float32Array(12).fill(3), 4, 3);
    expect(scores.every((component) => component.every((score) => score === 0))).toBe(true);
    expect([...componentColours(scores)]).toEqual(Array.from({ length: 4 }, () => [128, 128, 128, 255]).flat());
  });

  it('refuses another length', () => {
    expect(() => principalComponents([1, 2, 3], 2, 2)).toThrow(/must be \[2, 2\], got 3 values/);
  });
});

describe('componentColours', () => {
  it('spreads each component over its channel', () => {
    const scores = [Float64Array.of(-1, 1), Float64Array.of(2, 0), Float64Array.of(0, 4)];
    expect([...componentColours(scores)]).toEqual([0, 255, 0, 255, 255, 0, 255, 255]);
  });
});
