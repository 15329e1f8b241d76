import { sumOfSquares } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';

/** Added to the norm before dividing by it, as torch.nn.utils.clip_grad_norm_ does. */
const NORM_EPSILON = 1e-6;

/** The norm of all gradients together, and the factor that brings it down to a bound. */
export interface GradientClip {
  /** Global L2 norm before clipping. */
  readonly norm: tf.Scalar;
  /** min(1, maxNorm / (norm + 1e-6)), times `scale`; multiply every gradient by it. */
  readonly coefficient: tf.Scalar;
}

/**
 * Clipping by the global norm, as torch.nn.utils.clip_grad_norm_. The coefficient is given instead of clipped gradients, so that
 * the optimiser can fold it into factors it applies anyway.
 *
 * @param gradients float32, any shapes
 * @param maxNorm bound; Infinity clips nothing
 * @param scale above 0: the gradients are `gradients` times this, a product that the coefficient makes; default 1
 */
export function clipByGlobalNorm(gradients: readonly tf.Tensor[], maxNorm: number, scale?: tf.Scalar): GradientClip {
  const given = tf.sqrt(tf.addN(gradients.map((gradient) => sumOfSquares(gradient)))) as tf.Scalar;
  const norm: tf.Scalar = scale ? (tf.mul(given, scale) as tf.Scalar) : given;
  if (!Number.isFinite(maxNorm)) return { norm, coefficient: scale ?? tf.scalar(1) };
  const coefficient = tf.minimum(tf.div(maxNorm, tf.add(norm, NORM_EPSILON)), 1) as tf.Scalar;
  return { norm, coefficient: scale ? (tf.mul(coefficient, scale) as tf.Scalar) : coefficient };
}
