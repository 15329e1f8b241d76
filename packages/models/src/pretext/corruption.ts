import type { InputSpec } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import { corruptFrequencies } from '../spectral/corrupt.ts';
import type { PretextTask } from './task-config.ts';

/** How a pretext task spoils an image: what the batch holds for it, and what the encoder then sees. */
export interface Corruption {
  /** Name of the batch's tensor beside the pixels. */
  readonly input: 'mask' | 'degraded';
  /** That tensor for a batch. */
  spec(batchSize: number, imageSize: number): InputSpec;
  /**
   * @param images float32 [N, 3, H, W] in [0, 1]
   * @param input the batch's tensor
   * @returns float32 [N, 3, H, W] on the scale of [0, 1], not normalised
   */
  apply(images: tf.Tensor4D, input: tf.Tensor): tf.Tensor4D;
}

/** mask: any type [N, H, W], 1 = frequency kept, 0 = masked, DC at the centre. */
const FREQUENCIES: Corruption = {
  input: 'mask',
  spec: (batchSize, imageSize) => ({ shape: [batchSize, imageSize, imageSize], dtype: 'uint8' }),
  apply: (images, mask) => corruptFrequencies(images, tf.cast(mask as tf.Tensor3D, 'float32')),
};

/** degraded: float32 [N, 3, H, W], the degraded images, made on the host because they take random kernels and noise. */
const GIVEN: Corruption = {
  input: 'degraded',
  spec: (batchSize, imageSize) => ({ shape: [batchSize, 3, imageSize, imageSize] }),
  apply: (_, degraded) => degraded as tf.Tensor4D,
};

/** Every task's corruption by its name. */
export const CORRUPTIONS: Readonly<Record<PretextTask['filter'], Corruption>> = {
  mfm: FREQUENCIES,
  sr: GIVEN,
  deblur: GIVEN,
  denoise: GIVEN,
};
