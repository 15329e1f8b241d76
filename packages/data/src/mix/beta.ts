import type { Random } from '../random/random.ts';

/**
 * Draws from Gamma(shape, 1): Marsaglia and Tsang, "A simple method for generating gamma variables" (2000), with their
 * section 6 for shapes below 1.
 *
 * @param shape above 0
 */
export function drawGamma(shape: number, random: Random): number {
  if (shape < 1) return drawGamma(shape + 1, random) * (1 - random.uniform()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    // 1 − u is in (0, 1]: the logarithm stays finite.
    if (v > 0 && Math.log(1 - random.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** Draws from Beta(alpha, alpha), in [0, 1]: the distribution of mixup's and cutmix's mixing ratio; `alpha` is above 0. */
export function drawBeta(alpha: number, random: Random): number {
  const a = drawGamma(alpha, random);
  const b = drawGamma(alpha, random);
  // Both underflow to 0 for tiny alpha: the distribution is then a coin toss.
  return a + b > 0 ? a / (a + b) : Math.round(random.uniform());
}
