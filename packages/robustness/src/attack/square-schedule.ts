/** After which of 10,000 queries the area of the squares halves once more. */
const HALVINGS = [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000];

/**
 * Share of the image that a square covers: piecewise constant, the paper's schedule for 10,000 queries stretched to the number given
 * (Andriushchenko et al. 2020, section 4.1 and their code).
 *
 * @param initial share at the beginning
 * @param step of how many, from 0
 */
export function squareShare(initial: number, step: number, steps: number): number {
  const place = Math.floor((step / steps) * 10_000);
  return initial / 2 ** HALVINGS.filter((from) => place > from).length;
}
