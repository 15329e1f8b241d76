import * as tf from '@tensorflow/tfjs-core';
import { pick, type Tensors } from '../parameters/tensors.ts';

/**
 * Fully connected layer on rows: x · Wᵀ + b. Two-dimensional, so that it is one ONNX Gemm and its weight gradient another.
 * Also a 1×1 convolution, or one whose stride is its size, whose weight is taken as a matrix.
 *
 * @param x float32 [R, in]
 * @param name of the layer: `<name>.weight` [out, in] or [out, …] with `in` numbers each, `<name>.bias` [out]
 * @returns float32 [R, out]
 */
export function linear(x: tf.Tensor2D, parameters: Tensors, name: string): tf.Tensor2D {
  const weight = pick(parameters, `${name}.weight`);
  const matrix = weight.rank === 2 ? weight : tf.reshape(weight, [weight.shape[0]!, x.shape[1]]);
  return tf.add(tf.matMul(x, matrix as tf.Tensor2D, false, true), pick(parameters, `${name}.bias`));
}
