import type { InputSpec } from '@mfm/onnx';
import type * as tf from '@tensorflow/tfjs-core';
import { cast } from '@tensorflow/tfjs-core';
import { type Encoder, evaluation, type ForwardContext } from '../encoder/encoder.ts';
import { buildEncoder } from '../encoder/encoder-table.ts';
import type { BufferSpec } from '../parameters/buffer-spec.ts';
import type { ParameterSpec } from '../parameters/parameter-spec.ts';
import type { Tensors } from '../parameters/tensors.ts';
import { frequencyLoss } from '../spectral/frequency-loss.ts';
import { CORRUPTIONS, type Corruption } from './corruption.ts';
import { buildDecoder, type Decoded } from './decoder/decoder.ts';
import { denormalise, imagesFromPixels, normalise } from './normalise.ts';
import { checkPretextConfig, type PretextConfig } from './pretext-config.ts';

/** What {@link PretextModel.reconstruct} returns; images are float32 [N, 3, H, W]. */
export interface Reconstruction extends Decoded {
  /** The corrupted image, on the scale of [0, 1]. */
  corrupted: tf.Tensor4D;
  /** The corrupted image as the encoder sees it, normalised. */
  encoderInput: tf.Tensor4D;
}

/** Functions over named parameters (PyTorch names and layouts). None reads a value, so that all can be traced. */
export interface PretextModel {
  readonly config: PretextConfig;
  readonly encoder: Encoder;
  /** What the batch holds beside the pixels. */
  readonly corruption: Corruption;
  readonly parameters: ParameterSpec[];
  /** What PyTorch's state dict holds besides. */
  readonly buffers: BufferSpec[];
  /** The tensors of a batch: `pixels` uint8 [N, H, W, 3], 0 … 255, and the corruption's. */
  batch(batchSize: number): Record<string, InputSpec>;
  /**
   * The training loss.
   *
   * @param batch tensors of {@link batch}, of any type
   */
  loss(parameters: Tensors, batch: Tensors, context: ForwardContext): tf.Scalar;
  /**
   * The training loss of images, for callers that have no pixels.
   *
   * @param images float32 [N, 3, H, W] in [0, 1]
   * @param input the corruption's tensor
   */
  imageLoss(parameters: Tensors, images: tf.Tensor4D, input: tf.Tensor, context: ForwardContext): tf.Scalar;
  /**
   * @param images float32 [N, 3, H, W] in [0, 1]
   * @param input the corruption's tensor
   * @param context default: evaluation
   */
  reconstruct(parameters: Tensors, images: tf.Tensor4D, input: tf.Tensor, context?: ForwardContext): Reconstruction;
  /**
   * The encoder's features.
   *
   * @param images float32 [N, 3, H, W], normalised
   */
  features(parameters: Tensors, images: tf.Tensor4D, blocks?: number): Tensors;
  /** Normalised → [0, 1], not clamped. */
  denormalise(images: tf.Tensor4D): tf.Tensor4D;
}

/**
 * Builds a model for masked frequency modelling, or one of the official code's other pretext tasks: corrupt the image in [0, 1],
 * normalise, encode, decode each cell to its pixels, compare with the normalised image in the frequency domain.
 *
 * @throws UserError when the configuration does not fit together
 */
export function buildPretext(config: PretextConfig): PretextModel {
  checkPretextConfig(config);
  const { imageSize, task, mean, std } = config;
  const encoder = buildEncoder(config.encoder, { imageSize, prefix: 'encoder.', purpose: 'pretrain' });
  const decoder = buildDecoder(encoder, config);
  const corruption = CORRUPTIONS[task.filter];

  const reconstruct: PretextModel['reconstruct'] = (parameters, images, input, context = evaluation()) => {
    const corrupted = corruption.apply(images, input);
    const encoderInput = normalise(corrupted, mean, std);
    return { corrupted, encoderInput, ...decoder.run(parameters, encoderInput, context) };
  };
  const imageLoss: PretextModel['imageLoss'] = (parameters, images, input, context) => {
    const { reconstruction } = reconstruct(parameters, images, input, context);
    const mask = task.target === 'masked' ? (cast(input, 'float32') as tf.Tensor3D) : undefined;
    return frequencyLoss(reconstruction, normalise(images, mean, std), mask, task.loss ? { options: task.loss } : {});
  };
  return {
    ...{ config, encoder, corruption, imageLoss, reconstruct },
    parameters: [...encoder.parameters, ...decoder.parameters],
    buffers: [...encoder.buffers, ...decoder.buffers],
    batch: (batchSize) => ({
      pixels: { shape: [batchSize, imageSize, imageSize, 3], dtype: 'uint8' },
      [corruption.input]: corruption.spec(batchSize, imageSize),
    }),
    loss: (parameters, batch, context) =>
      imageLoss(parameters, imagesFromPixels(batch.pixels!), batch[corruption.input]!, context),
    features: encoder.features,
    denormalise: (images) => denormalise(images, mean, std),
  };
}
