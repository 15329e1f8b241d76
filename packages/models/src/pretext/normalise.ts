import * as tf from '@tensorflow/tfjs-core';

/** A number per colour channel. */
export type PerChannel = readonly number[];

const channels = (values: PerChannel) => tf.tensor4d([...values], [1, values.length, 1, 1]);

/**
 * (image − mean) / std per channel.
 *
 * @param images float32 [N, C, H, W], in [0, 1]
 */
export function normalise(images: tf.Tensor4D, mean: PerChannel, std: PerChannel): tf.Tensor4D {
  return tf.div(tf.sub(images, channels(mean)), channels(std));
}

/** Inverse of {@link normalise}. */
export function denormalise(images: tf.Tensor4D, mean: PerChannel, std: PerChannel): tf.Tensor4D {
  return tf.add(tf.mul(images, channels(std)), channels(mean));
}

/**
 * Pixels as the loader delivers them → images in [0, 1].
 *
 * @param pixels [N, H, W, 3] of any type, 0 … 255
 * @returns float32 [N, 3, H, W] in [0, 1]
 */
export function imagesFromPixels(pixels: tf.Tensor): tf.Tensor4D {
  const transposed = tf.transpose(tf.cast(pixels as tf.Tensor4D, 'float32'), [0, 3, 1, 2]);
  return tf.div(transposed, 255);
}
