import * as tf from '@tensorflow/tfjs-core';
import { hasFusedKernel } from './fused-kernel.ts';

/** Kernel name under which the tracing backend registers ONNX's GlobalAveragePool. */
export const GLOBAL_AVERAGE_POOL = 'GlobalAveragePoolNCHW';

/**
 * Mean over each channel's plane. Traced, it is one ONNX GlobalAveragePool.
 *
 * @param x float32 [N, C, H, W]
 * @returns float32 [N, C]
 */
export function globalAveragePool(x: tf.Tensor4D): tf.Tensor2D {
  const [batch, channels, height, width] = x.shape;
  const withGradient = tf.customGrad((...args) => {
    const [x0] = args as unknown as [tf.Tensor4D];
    const value = hasFusedKernel(GLOBAL_AVERAGE_POOL)
      ? (tf.engine().runKernel(GLOBAL_AVERAGE_POOL, { x: x0 }) as tf.Tensor2D)
      : tf.mean(x0, [2, 3]);
    // A product with a constant plane broadcasts without naming the batch size, which may be open.
    const gradFunc = (dy: tf.Tensor) =>
      tf.mul(tf.reshape(dy, [batch, channels, 1, 1]), tf.fill([1, 1, height, width], 1 / (height * width)));
    return { value, gradFunc };
  });
  return withGradient(x) as tf.Tensor2D;
}
