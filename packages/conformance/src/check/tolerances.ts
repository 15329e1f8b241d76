/**
 * What float32 can deliver, as the golden data's README accepts it; errors are relative to a tensor's largest value unless said otherwise.
 * None may be made looser than there.
 */
export const TOLERANCE = {
  loss: 1e-5,
  output: 1e-5,
  gradient: 1e-4,
  /** Gradients of a ResNet: relative L2 error of a tensor. */
  resnetGradient: 1e-3,
  /** The same at ResNet's real width, where some input of a ReLU is so near zero that another order of summation may flip it. */
  kinkedGradient: 2e-2,
  /** Parameters after clip and AdamW on the stored gradient; absolute. */
  parameterAfterStep: 5e-6,
  /** Numbers computed in float64 on both sides. */
  float64: 1e-12,
} as const;

/** AdamW divides by |g|: entries whose gradient is float noise move by up to the rate in either direction, and are not compared. */
export const GRADIENT_NOISE = 1e-6;
