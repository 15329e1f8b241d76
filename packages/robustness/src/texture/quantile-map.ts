/** Standard normal quantiles of 1, 5, 25, 50, 75, 95 and 99 %. */
const QUANTILES = [-2.3263, -1.6449, -0.6745, 0, 0.6745, 1.6449, 2.3263];

/** Steps of the value axis at which the distribution is looked at; straight between them. */
const STEPS = 4096;

/** Piecewise linear through (xs, ys), going on straight beyond the ends. */
function interpolate(xs: readonly number[], ys: readonly number[], x: number): number {
  let i = 1;
  while (i < xs.length - 1 && x > xs[i]!) i++;
  const share = (x - xs[i - 1]!) / (xs[i]! - xs[i - 1]!);
  return ys[i - 1]! + share * (ys[i]! - ys[i - 1]!);
}

/** Standard normal quantile of p in (0, 1), to 5e-4 (Abramowitz & Stegun 26.2.23). */
function normalQuantile(p: number): number {
  const t = Math.sqrt(-2 * Math.log(Math.min(p, 1 - p)));
  const above = 2.515517 + t * (0.802853 + t * 0.010328);
  const below = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308));
  return Math.sign(p - 0.5) * (t - above / below);
}

/**
 * Gives values another distribution and keeps their order.
 *
 * @param percentiles values at 1, 5, 25, 50, 75, 95 and 99 %; between and beyond them as straight pieces of a normal distribution
 */
export function quantileMap(values: Float64Array, percentiles: readonly number[]): Float64Array {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const scale = STEPS / (high - low);
  const counts = new Float64Array(STEPS + 1);
  for (const value of values) counts[Math.floor((value - low) * scale)]!++;
  const levels = new Float64Array(STEPS + 2);
  for (let step = 0, below = 0; step < levels.length; below += counts[step]!, step++) {
    const share = Math.max(0.5, Math.min(below, values.length - 0.5)) / values.length;
    levels[step] = interpolate(QUANTILES, percentiles, normalQuantile(share));
  }
  return values.map((value) => {
    const at = (value - low) * scale;
    const step = Math.floor(at);
    return levels[step]! + (at - step) * (levels[step + 1]! - levels[step]!);
  });
}
