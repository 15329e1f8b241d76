import * as tf from '@tensorflow/tfjs-core';
import { hasFusedKernel } from './fused-kernel.ts';

/** Kernel name under which the tracing backend registers ONNX's ReduceSumSquare. */
export const SUM_OF_SQUARES = 'SumOfSquares';

/**
 * Σ x² over all elements: one read of x when traced. Has no gradient: it serves gradient norms.
 *
 * @param x float32, any shape
 * @returns float32 scalar
 */
export function sumOfSquares(x: tf.Tensor): tf.Scalar {
  if (hasFusedKernel(SUM_OF_SQUARES)) return tf.engine().runKernel(SUM_OF_SQUARES, { x }) as tf.Scalar;
  return tf.sum(tf.square(x)) as tf.Scalar;
}
