import * as tf from '@tensorflow/tfjs-core';
import { foldMask } from './fold-mask.ts';
import { inverseSpectrum, spectrum } from './transform.ts';

/**
 * Keeps the masked frequencies of images: real(ifft2(mask · fft2(image))), before any clamp. Not differentiable in the mask.
 *
 * @param images float32 [N, C, H, W]
 * @param mask float32 [N, H, W], 1 = frequency kept, 0 = masked, DC at the centre; the same for all channels of an image
 * @returns float32 [N, C, H, W]
 */
export function filterFrequencies(images: tf.Tensor4D, mask: tf.Tensor3D): tf.Tensor4D {
  const transformed = spectrum(images, 'half');
  const { batch, channels, height, columnCount } = transformed;
  const kept = tf.reshape(foldMask(mask, 'half'), [batch, 1, columnCount, 1, height]);
  const filtered = tf.mul(tf.reshape(transformed.values, [batch, channels, columnCount, 2, height]), kept);
  const values = tf.reshape(filtered, transformed.values.shape) as tf.Tensor2D;
  return inverseSpectrum({ ...transformed, values });
}

/**
 * The input of masked frequency modelling (MFM, eq. 2): {@link filterFrequencies}, clamped to [0, 1] as the official code does.
 *
 * @param images float32 [N, C, H, W] in [0, 1], not normalised
 * @param mask float32 [N, H, W], 1 = frequency kept, 0 = masked, DC at the centre
 * @returns float32 [N, C, H, W] in [0, 1]
 */
export function corruptFrequencies(images: tf.Tensor4D, mask: tf.Tensor3D): tf.Tensor4D {
  return tf.clipByValue(filterFrequencies(images, mask), 0, 1);
}
