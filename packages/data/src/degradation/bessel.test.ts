import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { besselJ1 } from './bessel.ts';

/** Power series Σ (−1)ᵐ (x/2)²ᵐ⁺¹ / m!(m+1)!; exact to rounding while |x| is small. */
function series(x: number): number {
  let term = x / 2;
  let sum = term;
  for (let m = 1; m < 40; m++) {
    term *= -((x / 2) ** 2) / (m * (m + 1));
    sum += term;
  }
  return sum;
}

describe('besselJ1', () => {
  it.each([
    // Abramowitz & Stegun, table 9.1; the zeros of table 9.5.
    [0, 0],
    [1, 0.4400505857],
    [2, 0.5767248078],
    [5, -0.3275791376],
    [10, 0.0434727462],
    [3.83170597020751, 0],
    [13.3236919363142, 0],
  ])('is what tables say at %d', (x, expected) => {
    expect(Math.abs(besselJ1(x) - expected)).toBeLessThan(6e-11);
  });

  it('equals its power series, and is odd', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 4, noNaN: true }), (x) => {
        expect(Math.abs(besselJ1(x) - series(x))).toBeLessThan(2e-15);
        expect(Math.abs(besselJ1(-x) + series(x))).toBeLessThan(2e-15);
      }),
    );
  });

  it('solves Bessel’s differential equation x²y″ + xy′ + (x² − 1)y = 0 for large arguments', () => {
    fc.assert(
      fc.property(fc.double({ min: 4, max: 60, noNaN: true }), (x) => {
        const h = 1e-2;
        const [a, b, c, d, e] = [-2, -1, 0, 1, 2].map((step) => besselJ1(x + step * h)) as [
          number,
          number,
          number,
          number,
          number,
        ];
        const first = (a - 8 * b + 8 * d - e) / (12 * h);
        const second = (-a + 16 * b - 30 * c + 16 * d - e) / (12 * h * h);
        // Differences of fourth order with h = 0.01 leave about 1e-9.
        expect(Math.abs(second + first / x + (1 - 1 / x ** 2) * c)).toBeLessThan(1e-8);
      }),
    );
  });
});
