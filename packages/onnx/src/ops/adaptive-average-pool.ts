import { UserError } from '@mfm/cli';
import * as tf from '@tensorflow/tfjs-core';
import { type AxisMap, planeProduct, planeProductGradient } from './plane-product.ts';

/** Cell i of `to` is the mean of ⌊i · from / to⌋ … ⌈(i + 1) · from / to⌉ − 1: cells overlap where `to` does not divide `from`. */
export function averagingMap(from: number, to: number): AxisMap {
  const matrix = new Float32Array(to * from);
  for (let cell = 0; cell < to; cell++) {
    const [start, end] = [Math.floor((cell * from) / to), Math.ceil(((cell + 1) * from) / to)];
    matrix.fill(1 / (end - start), cell * from + start, cell * from + end);
  }
  return { from, to, matrix };
}

/**
 * Adaptive average pooling as PyTorch's AdaptiveAvgPool2d, which ONNX has no operator for: means over windows that cover the plane, as products
 * with two constant matrices.
 *
 * @param x float32 [N, C, H, W]
 * @param size rows and columns of the result; may be more than those of x
 * @returns float32 [N, C, rows, columns]
 * @throws UserError when a size is not a positive integer
 */
export function adaptiveAveragePool2d(x: tf.Tensor4D, size: readonly [number, number]): tf.Tensor4D {
  if (!size.every((length) => Number.isInteger(length) && length > 0)) {
    throw new UserError(`adaptiveAveragePool2d: size must be two positive integers, got [${size}].`);
  }
  const [rows, columns] = [averagingMap(x.shape[2], size[0]), averagingMap(x.shape[3], size[1])];
  const withGradient = tf.customGrad((...args) => ({
    value: planeProduct(args[0] as tf.Tensor4D, rows, columns),
    gradFunc: (dy: tf.Tensor) => planeProductGradient(dy as tf.Tensor4D, rows, columns),
  }));
  return withGradient(x) as tf.Tensor4D;
}
