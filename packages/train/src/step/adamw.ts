import * as tf from '@tensorflow/tfjs-core';

/** Constants of AdamW. */
export interface AdamwOptions {
  /** Decay rates of the two moments, (0.9, 0.95) in MFM's pre-training. */
  readonly betas: readonly [number, number];
  /** Added to the root of the second moment. */
  readonly epsilon: number;
}

/** One tensor and its moments, all of one shape. */
export interface AdamwMoments {
  readonly parameter: tf.Tensor;
  readonly expAvg: tf.Tensor;
  readonly expAvgSq: tf.Tensor;
}

/** The scalars of one update; they change from step to step and are computed on the host in double precision. */
export interface AdamwScalars {
  /** lr · √(1 − β₂ᵗ) / (1 − β₁ᵗ). */
  readonly stepSize: tf.Scalar;
  /** ε · √(1 − β₂ᵗ). */
  readonly epsilonHat: tf.Scalar;
  /** 1 − lr · weight decay, or undefined where the parameter does not decay. */
  readonly decay: tf.Scalar | undefined;
}

/** Host values of {@link AdamwScalars} for update number `step` (from 1). */
export function adamwScalars({ betas, epsilon }: AdamwOptions, step: number, lr: number, weightDecay: number) {
  const correction1 = 1 - betas[0] ** step;
  const rootCorrection2 = Math.sqrt(1 - betas[1] ** step);
  return {
    stepSize: (lr * rootCorrection2) / correction1,
    epsilonHat: epsilon * rootCorrection2,
    decay: 1 - lr * weightDecay,
  };
}

/** 1 − βᵗ as 2 tanh(x/2) / (1 + tanh(x/2)), x = −t ln β: the plain difference loses digits in float32, four of seven for β = 0.999, t = 1. */
function biasCorrection(beta: number, step: tf.Scalar): tf.Scalar {
  const half = tf.tanh(tf.mul(step, -Math.log(beta) / 2));
  return tf.div(tf.mul(half, 2), tf.add(half, 1));
}

/** {@link adamwScalars} computed from tensors, for graphs that are given step and rate. */
export function adamwTensors(
  { betas, epsilon }: AdamwOptions,
  step: tf.Scalar,
  lr: tf.Scalar,
  weightDecay: number,
): { stepSize: tf.Scalar; epsilonHat: tf.Scalar; decay: tf.Scalar } {
  const rootCorrection2 = tf.sqrt(biasCorrection(betas[1], step)) as tf.Scalar;
  return {
    stepSize: tf.div(tf.mul(lr, rootCorrection2), biasCorrection(betas[0], step)),
    epsilonHat: tf.mul(rootCorrection2, epsilon),
    decay: tf.sub(1, tf.mul(lr, weightDecay)),
  };
}

/**
 * AdamW (Loshchilov & Hutter 2019), equal to torch.optim.AdamW:
 * m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², p ← p (1 − lr λ) − lr m̂ / (√v̂ + ε).
 * The bias corrections are in the scalars, which saves two passes over the tensor:
 * lr (m / c₁) / (√v / √c₂ + ε) = (lr √c₂ / c₁) m / (√v + ε √c₂).
 *
 * @param gradient before clipping, shape of the parameter
 * @param coefficient the clipping factor, from clipByGlobalNorm
 */
export function adamwUpdate(
  { parameter, expAvg, expAvgSq }: AdamwMoments,
  gradient: tf.Tensor,
  coefficient: tf.Scalar,
  { betas }: Pick<AdamwOptions, 'betas'>,
  { stepSize, epsilonHat, decay }: AdamwScalars,
): AdamwMoments {
  const [beta1, beta2] = betas;
  const clipped = tf.mul(gradient, coefficient);
  const newAvg = tf.add(tf.mul(expAvg, beta1), tf.mul(clipped, 1 - beta1));
  const newAvgSq = tf.add(tf.mul(expAvgSq, beta2), tf.mul(tf.mul(clipped, clipped), 1 - beta2));
  const update = tf.div(tf.mul(newAvg, stepSize), tf.add(tf.sqrt(newAvgSq), epsilonHat));
  const decayed = decay ? tf.mul(parameter, decay) : parameter;
  return { parameter: tf.sub(decayed, update), expAvg: newAvg, expAvgSq: newAvgSq };
}
