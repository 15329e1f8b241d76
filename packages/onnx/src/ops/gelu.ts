import * as tf from '@tensorflow/tfjs-core';

const TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);

/**
 * Exact GELU (Hendrycks & Gimpel 2016): x · Φ(x) with Φ the normal distribution function, by the error function as PyTorch's default.
 *
 * Written in s = x / √2, so that the scale can move into the product before it: y = s (1 + erf s) / √2, and
 * dy/dx = (1 + erf s + s · 2/√π · exp(−s²)) / 2, in which 1 + erf s is the forward pass's own.
 *
 * @param x float32, any shape
 * @returns float32, shape of x
 */
export function gelu<T extends tf.Tensor>(x: T): T {
  const withGradient = tf.customGrad((...args) => {
    const [x0, save] = args as unknown as [tf.Tensor, tf.GradSaveFunc];
    const s = tf.mul(x0, Math.SQRT1_2);
    const onePlusErf = tf.add(tf.erf(s), 1);
    save([s, onePlusErf]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [s0, onePlusErf0] = saved as [tf.Tensor, tf.Tensor];
      // 2/√π · exp(−s²) as one exponential: the factor goes into the exponent.
      const density = tf.exp(tf.sub(Math.log(TWO_OVER_SQRT_PI), tf.mul(s0, s0)));
      return tf.mul(tf.mul(dy, tf.add(tf.mul(s0, density), onePlusErf0)), 0.5);
    };
    return { value: tf.mul(tf.mul(s, onePlusErf), Math.SQRT1_2), gradFunc };
  });
  return withGradient(x) as T;
}
