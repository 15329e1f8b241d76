import * as tf from '@tensorflow/tfjs-core';
import { hasFusedKernel } from './fused-kernel.ts';

/** Kernel name under which the tracing backend registers ONNX's LayerNormalization with its three outputs. */
export const LAYER_NORMALIZATION = 'LayerNormalization';

interface Normalised {
  /** The layer's output, shape of x. */
  y: tf.Tensor2D;
  /** Mean per row, [R, 1]. */
  mean: tf.Tensor2D;
  /** 1 / sqrt(variance + ε) per row, [R, 1]. */
  inverseStd: tf.Tensor2D;
}

function fusedForward(x: tf.Tensor2D, weight: tf.Tensor1D, bias: tf.Tensor1D, epsilon: number): Normalised {
  const outputs = tf
    .engine()
    .runKernel(LAYER_NORMALIZATION, { x, weight, bias }, { epsilon }) as unknown as tf.Tensor2D[];
  return { y: outputs[0]!, mean: outputs[1]!, inverseStd: outputs[2]! };
}

function composedForward(x: tf.Tensor2D, weight: tf.Tensor1D, bias: tf.Tensor1D, epsilon: number): Normalised {
  const { mean, variance } = tf.moments(x, 1, true);
  const inverseStd = tf.rsqrt(tf.add(variance, epsilon)) as tf.Tensor2D;
  const normalised = tf.mul(tf.sub(x, mean), inverseStd);
  return { y: tf.add(tf.mul(normalised, weight), bias), mean: mean as tf.Tensor2D, inverseStd };
}

const normaliseRows = (x: tf.Tensor2D, weight: tf.Tensor1D, bias: tf.Tensor1D, epsilon: number): tf.Tensor2D => {
  const withGradient = tf.customGrad((...args) => {
    const [x2, w, b, save] = args as unknown as [tf.Tensor2D, tf.Tensor1D, tf.Tensor1D, tf.GradSaveFunc];
    const forward = hasFusedKernel(LAYER_NORMALIZATION) ? fusedForward : composedForward;
    const { y, mean, inverseStd } = forward(x2, w, b, epsilon);
    save([x2, w, mean, inverseStd]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [x0, w0, mean0, inverseStd0] = saved as [tf.Tensor2D, tf.Tensor1D, tf.Tensor2D, tf.Tensor2D];
      const width = x0.shape[1];
      const scale = tf.div(tf.reshape(w0, [width, 1]), width) as tf.Tensor2D;
      const normalised = tf.mul(tf.sub(x0, mean0), inverseStd0);
      const dyNormalised = tf.mul(dy, normalised) as tf.Tensor2D;
      // Row means as products with the weight: one read of the matrix each, where Mul + ReduceMean would write it again.
      const meanDy = tf.matMul(dy as tf.Tensor2D, scale);
      const meanDyNormalised = tf.matMul(dyNormalised, scale);
      const inner = tf.sub(tf.sub(tf.mul(dy, w0), meanDy), tf.mul(normalised, meanDyNormalised));
      return [tf.mul(inner, inverseStd0), tf.sum(dyNormalised, 0), tf.sum(dy, 0)];
    };
    return { value: y, gradFunc };
  });
  return withGradient(x, weight, bias) as tf.Tensor2D;
};

/**
 * Layer normalisation over the last axis (Ba et al. 2016): (x − mean) / sqrt(variance + ε) · weight + bias.
 * Traced, it is one ONNX LayerNormalization whose mean and inverse deviation the gradient uses again.
 *
 * @param x float32 [..., D]
 * @param weight float32 [D]
 * @param bias float32 [D]
 * @param epsilon added to the variance; 1e-6 in ViT, 1e-5 in Swin
 * @returns float32, shape of x
 */
export function layerNorm<T extends tf.Tensor>(x: T, weight: tf.Tensor, bias: tf.Tensor, epsilon: number): T {
  const width = x.shape.at(-1) ?? 1;
  const rows = tf.reshape(x, [-1, width]) as tf.Tensor2D;
  return tf.reshape(normaliseRows(rows, weight as tf.Tensor1D, bias as tf.Tensor1D, epsilon), x.shape) as T;
}
