import { describe, expect, it } from '@jest/globals';
import { splineMatrix } from './cubic-spline.ts';

const apply = (matrix: readonly number[][], values: readonly number[]) =>
  matrix.map((row) => row.reduce((sum, weight, index) => sum + weight * values[index]!, 0));

const KNOTS = [-4.75, -2.5, -1, 0, 1, 2.5, 4.75];

describe('splineMatrix', () => {
  it('reproduces cubic polynomials, which no other end condition does', () => {
    const cubic = (x: number) => 2 - x + 0.5 * x ** 2 + 0.25 * x ** 3;
    const targets = [-4.75, -4, -3, -1.7, -0.2, 0, 0.9, 2.2, 3, 4.75];
    expect(apply(splineMatrix(KNOTS, targets), KNOTS.map(cubic))).toBeAllclose(targets.map(cubic), {
      rtol: 1e-12,
      atol: 1e-12,
    });
  });

  it('goes through the values at the knots, and keeps the border’s outside', () => {
    const values = [3, -1, 4, 1, -5, 9, 2];
    expect(apply(splineMatrix(KNOTS, KNOTS), values)).toBeAllclose(values, { rtol: 1e-12, atol: 1e-12 });
    expect(apply(splineMatrix(KNOTS, [-6, 5]), values)).toBeAllclose([3, 2], { rtol: 1e-12, atol: 1e-12 });
  });

  it('is smooth: first and second derivatives agree on both sides of a knot', () => {
    const values = [3, -1, 4, 1, -5, 9, 2];
    const step = 1e-3;
    const at = (x: number) => apply(splineMatrix(KNOTS, [x]), values)[0]!;
    for (const knot of KNOTS.slice(1, -1)) {
      const [left, right] = [at(knot) - at(knot - step), at(knot + step) - at(knot)];
      // A kink would leave a difference of the order of the step.
      expect(Math.abs(right - left)).toBeLessThan(50 * step ** 2);
      const second = (x: number) => (at(x + step) - 2 * at(x) + at(x - step)) / step ** 2;
      expect(Math.abs(second(knot + 2 * step) - second(knot - 2 * step))).toBeLessThan(0.2);
    }
  });
});
