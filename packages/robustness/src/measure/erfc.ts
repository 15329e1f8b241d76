/** Terms of the series or levels of the fraction: with the border at 2, both are exact to float64 by then. */
const TERMS = 80;

/**
 * Complementary error function, to about 14 digits for x ≥ 0, in the far tail too: the Taylor series of erf up to 2, above it the continued fraction
 * of erfc (Abramowitz & Stegun 7.1.6 and 7.1.14).
 */
export function erfc(x: number): number {
  if (x < 0) return 2 - erfc(-x);
  const scale = Math.exp(-x * x) / Math.sqrt(Math.PI);
  if (x <= 2) {
    let [term, sum] = [2 * x, 2 * x];
    for (let n = 1; n < TERMS; n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return 1 - scale * sum;
  }
  let fraction = x;
  for (let n = TERMS; n >= 1; n--) fraction = x + n / 2 / fraction;
  return scale / fraction;
}
