import * as tf from '@tensorflow/tfjs-core';
import { spectrum } from './transform.ts';

/** The middle of an image's range, which is left out of the sums and added to DC at the end. */
const MIDDLE = 0.5;

/** What {@link MIDDLE} adds to the orthonormal transform of one plane, [1, W, 2H]: a real number at DC. */
function middleSpectrum(height: number, width: number): tf.Tensor3D {
  const values = new Float32Array(width * 2 * height);
  values[Math.floor(width / 2) * 2 * height + Math.floor(height / 2)] = MIDDLE * Math.sqrt(height * width);
  return tf.tensor3d(values, [1, width, 2 * height]);
}

/**
 * Amplitude spectrum of each plane, |F| with orthonormal scaling, no logarithm.
 *
 * @param images float32 [N, C, H, W]
 * @returns float32 [N, C, H, W], at least 0, DC at (⌊H/2⌋, ⌊W/2⌋)
 */
export function amplitudeSpectrum(images: tf.Tensor4D): tf.Tensor4D {
  // DC is a hundred times the rest at 224 px: summed with the other terms it would cost them their last digits.
  const { values, batch, channels, height, width } = spectrum(tf.sub(images, MIDDLE), 'full');
  const planes = tf.add(tf.reshape(values, [batch * channels, width, 2 * height]), middleSpectrum(height, width));
  const squares = tf.reshape(tf.mul(planes, planes), [batch * channels * width, 2, height]);
  const byColumn = tf.reshape(tf.sqrt(tf.sum(squares, 1)), [batch * channels, width, height]);
  return tf.reshape(tf.transpose(byColumn, [0, 2, 1]), [batch, channels, height, width]);
}
