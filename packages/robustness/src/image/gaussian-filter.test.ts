import { describe, expect, it } from '@jest/globals';
import { gaussianFilter } from './gaussian-filter.ts';

describe('gaussianFilter', () => {
  it('spreads a point as the product of two normalised Gaussians cut at 4 standard deviations', () => {
    const side = 21;
    const point = new Float64Array(side * side);
    point[10 * side + 10] = 1;
    const out = gaussianFilter(point, side, side, 1, 1.5);
    const line = Array.from({ length: side }, (_, i) => (Math.abs(i - 10) <= 6 ? Math.exp(-((i - 10) ** 2) / 4.5) : 0));
    const sum = line.reduce((total, value) => total + value, 0);
    expect(out).toBeAllclose(
      line.flatMap((a) => line.map((b) => (a * b) / sum ** 2)),
      { rtol: 1e-12, atol: 1e-18 },
    );
  });

  it('replicates the edges: a constant stays, and so does a ramp across when blurred along', () => {
    const [width, height] = [5, 3];
    const constant = new Float64Array(width * height).fill(0.7);
    expect(gaussianFilter(constant, width, height, 1, 4)).toBeAllclose(constant, { rtol: 1e-12 });
    const columns = Float64Array.from({ length: width * height }, (_, i) => Number(i % width === 0));
    const out = gaussianFilter(columns, width, height, 1, 1);
    expect(out.subarray(0, width)).toBeAllclose(out.subarray(width, 2 * width), { rtol: 1e-12 });
    // The mass left of the edge is the edge's: Σ_{x ≤ 0} of a Gaussian of σ 1.
    expect(out[0]).toBeCloseTo(0.5 + 0.39894 / 2, 3);
  });
});
