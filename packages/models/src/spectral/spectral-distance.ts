import * as tf from '@tensorflow/tfjs-core';

/** Added under the root as in the official code: a zero error has a finite gradient. */
const EPSILON = 1e-12;

const sumOfSquares = (values: tf.Tensor2D, height: number): tf.Tensor2D =>
  tf.sum(tf.reshape(tf.mul(values, values), [values.shape[0], 2, height]) as tf.Tensor3D, 1);

function power(distance: tf.Tensor2D, exponent: number): tf.Tensor2D {
  if (exponent === 1) return distance;
  return exponent === 2 ? tf.mul(distance, distance) : tf.pow(distance, exponent);
}

/**
 * Size of each complex bin to the power γ: sqrt(re² + im² + 1e-12)^γ.
 * The gradient is written out: γ · distance / (re² + im² + 1e-12) times the bin, two passes over the spectrum where the tape takes six.
 *
 * @param values float32 [R, 2H], rows [re | im]
 * @param height H
 * @returns float32 [R, H]
 */
export function spectralDistance(values: tf.Tensor2D, height: number, gamma: number): tf.Tensor2D {
  const withGradient = tf.customGrad((...args) => {
    const [x, save] = args as unknown as [tf.Tensor2D, tf.GradSaveFunc];
    const modulus = tf.sqrt(tf.add(sumOfSquares(x, height), EPSILON)) as tf.Tensor2D;
    const distance = power(modulus, gamma);
    save([x, modulus, distance]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [x0, modulus0, distance0] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
      const rows = x0.shape[0];
      const scale =
        gamma === 1 ? tf.div(dy, modulus0) : tf.div(tf.mul(tf.mul(dy, gamma), distance0), tf.mul(modulus0, modulus0));
      const product = tf.mul(tf.reshape(x0, [rows, 2, height]), tf.reshape(scale, [rows, 1, height]));
      return tf.reshape(product, x0.shape);
    };
    return { value: distance, gradFunc };
  });
  return withGradient(values) as tf.Tensor2D;
}

/** Options of {@link spectrumWeights}, named as the official configuration. */
export interface SpectrumWeightOptions {
  /** Power of the modulus. */
  matrixGamma: number;
  /** log(1 + w) before normalisation. */
  logMatrix: boolean;
  /** Divide by the maximum of the whole batch instead of each plane's. */
  batchMatrix: boolean;
}

/**
 * Focal weight of each bin (Jiang et al. 2021, eq. 8): modulus^γ, optionally log(1 + w), divided by its maximum, in [0, 1].
 * A constant to the gradient. A plane without any error has weight 0, where the official code goes through NaN.
 *
 * @param values float32 [R, 2H], rows [re | im], R = planes · K
 * @param planes number of planes, the leading part of R
 * @returns float32 [R, H]
 */
export function spectrumWeights(
  values: tf.Tensor2D,
  height: number,
  planes: number,
  { matrixGamma, logMatrix, batchMatrix }: SpectrumWeightOptions,
): tf.Tensor2D {
  const detached = tf.customGrad((...args) => {
    const x = args[0] as tf.Tensor2D;
    const raised = power(tf.sqrt(sumOfSquares(x, height)), matrixGamma);
    const weights = tf.reshape(logMatrix ? tf.log1p(raised) : raised, [planes, -1]);
    const maximum = tf.max(weights, batchMatrix ? undefined : 1, true);
    const divisor = tf.add(maximum, tf.cast(tf.equal(maximum, 0), 'float32'));
    const value = tf.clipByValue(tf.reshape(tf.div(weights, divisor), [x.shape[0], height]), 0, 1);
    const { shape } = x;
    // Not zerosLike(x): a tensor that was not saved is gone by the backward pass.
    return { value, gradFunc: () => tf.zeros(shape) };
  });
  return detached(values) as tf.Tensor2D;
}
