/** How the learning rate moves over a training in the page. */
export interface RatePlan {
  readonly peak: number;
  readonly steps: number;
  /** Steps of linear warm-up. */
  readonly warmup: number;
}

/**
 * Rate of a step: linear from nothing to the peak over the warm-up, then half a cosine to nothing.
 *
 * @param step from 1 to steps
 */
export function learningRate({ peak, steps, warmup }: RatePlan, step: number): number {
  if (step <= warmup) return (peak * step) / warmup;
  return 0.5 * peak * (1 + Math.cos((Math.PI * (step - warmup)) / (steps - warmup + 1)));
}
