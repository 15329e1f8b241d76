import * as tf from '@tensorflow/tfjs-core';

/** Exponential moving average of weights, as timm's ModelEma: e ← d e + (1 − d) p, of running statistics too. */
export const emaUpdate = (average: tf.Tensor, value: tf.Tensor, decay: number): tf.Tensor =>
  tf.add(tf.mul(average, decay), tf.mul(value, 1 - decay));
