import { UserError } from '@mfm/cli';
import * as tf from '@tensorflow/tfjs-core';
import type { ParameterSpec } from '../parameters/parameter-spec.ts';
import type { Tensors } from '../parameters/tensors.ts';
import { corruptFrequencies } from '../spectral/corrupt.ts';
import { type FrequencyLossOptions, frequencyLoss } from '../spectral/frequency-loss.ts';
import { buildVit, type Vit } from '../vit/vit.ts';
import { checkVitConfig, type VitConfig } from '../vit/vit-config.ts';
import { linearDecoder, linearDecoderParameters } from './linear-decoder.ts';
import { denormalise, imagesFromPixels, normalise, type PerChannel } from './normalise.ts';

/** The pretext task: masked frequency modelling. */
export interface MfmTask {
  filter: 'mfm';
  /** Radius of the low-pass disc on the centred spectrum, in bins. */
  maskRadius1: number;
  /** Outer radius of the masked ring; 999, beyond every spectrum in use, for none. */
  maskRadius2: number;
  /** Probability of the low-pass mask. */
  sampleRatio: number;
  /** Loss over masked bins only, or over all. */
  target: 'masked' | 'normal';
  /** Options of the frequency loss that differ from the official defaults. */
  loss?: Partial<FrequencyLossOptions>;
}

/** A model for masked frequency modelling, plain data. */
export interface MfmConfig {
  /** Side of the square image in pixels. */
  imageSize: number;
  encoder: VitConfig;
  task: MfmTask;
  /** Of images in [0, 1], per channel. */
  mean: PerChannel;
  std: PerChannel;
}

/** What {@link MfmModel.reconstruct} returns; images are float32 [N, 3, H, W]. */
export interface Reconstruction {
  /** The masked image, in [0, 1]. */
  corrupted: tf.Tensor4D;
  /** The masked image as the encoder sees it, normalised. */
  encoderInput: tf.Tensor4D;
  /** Encoder output, float32 [N, D, h, w], without class token. */
  z: tf.Tensor4D;
  /** The decoder's image, normalised. */
  reconstruction: tf.Tensor4D;
}

/** Features of an encoder. */
export interface Features {
  /** float32 [N, D], normalised class token. */
  cls_token: tf.Tensor2D;
  /** float32 [N, D], mean of patch_tokens. */
  mean_pooled: tf.Tensor2D;
  /** float32 [N, L, D], normalised patch tokens, row-major. */
  patch_tokens: tf.Tensor3D;
}

/** Functions over named parameters (PyTorch names and layouts). None reads a value, so that all can be traced. */
export interface MfmModel {
  readonly config: MfmConfig;
  readonly parameters: ParameterSpec[];
  /**
   * The training loss.
   *
   * @param batch.pixels any type [N, H, W, 3], 0 … 255
   * @param batch.mask any type [N, H, W], 1 = frequency kept, 0 = masked, DC at the centre
   */
  loss(parameters: Tensors, batch: { pixels: tf.Tensor; mask: tf.Tensor }): { loss: tf.Scalar };
  /**
   * The training loss of images, for callers that have no pixels.
   *
   * @param images float32 [N, 3, H, W] in [0, 1]
   */
  imageLoss(parameters: Tensors, images: tf.Tensor4D, mask: tf.Tensor): tf.Scalar;
  /** @param images float32 [N, 3, H, W] in [0, 1] */
  reconstruct(parameters: Tensors, images: tf.Tensor4D, mask: tf.Tensor): Reconstruction;
  /** @param images float32 [N, 3, H, W], normalised */
  features(parameters: Tensors, images: tf.Tensor4D): Features;
  /** Normalised → [0, 1], not clamped. */
  denormalise(images: tf.Tensor4D): tf.Tensor4D;
}

function checkConfig({ imageSize, encoder, task, mean, std }: MfmConfig): void {
  checkVitConfig(encoder, imageSize);
  if (mean.length !== 3 || std.length !== 3 || std.some((value) => !(value > 0))) {
    throw new UserError(`buildMfm: mean and std must hold 3 numbers, std above 0, got [${mean}] and [${std}].`);
  }
  const patchFactor = task.loss?.patchFactor ?? 1;
  if (task.target === 'masked' && patchFactor !== 1) {
    throw new UserError(
      `buildMfm: task.loss.patchFactor must be 1 with the masked target, got ${patchFactor}. Set task.target to "normal".`,
    );
  }
  if (imageSize % patchFactor !== 0) {
    throw new UserError(`buildMfm: task.loss.patchFactor must divide imageSize (${imageSize}), got ${patchFactor}.`);
  }
}

/** Patch tokens alone, normalised, as rows [N·L, D]. */
function encodePatches(vit: Vit, parameters: Tensors, images: tf.Tensor4D): tf.Tensor2D {
  const batch = images.shape[0];
  const { embedDim } = vit.config;
  const length = vit.grid ** 2;
  const all = tf.reshape(vit.tokens(parameters, images), [batch, length + 1, embedDim]) as tf.Tensor3D;
  const patches = tf.slice(all, [0, 1, 0], [-1, length, embedDim]);
  return vit.normalise(parameters, tf.reshape(patches, [batch * length, embedDim]));
}

function encodeFeatures(vit: Vit, parameters: Tensors, images: tf.Tensor4D): Features {
  const batch = images.shape[0];
  const { embedDim } = vit.config;
  const length = vit.grid ** 2;
  const normalised = vit.normalise(parameters, vit.tokens(parameters, images));
  const all = tf.reshape(normalised, [batch, length + 1, embedDim]) as tf.Tensor3D;
  const patch_tokens = tf.slice(all, [0, 1, 0], [-1, length, embedDim]);
  const cls_token = tf.reshape(tf.slice(all, [0, 0, 0], [-1, 1, embedDim]), [batch, embedDim]) as tf.Tensor2D;
  return { cls_token, mean_pooled: tf.mean(patch_tokens, 1), patch_tokens };
}

/**
 * Builds a model for masked frequency modelling as the official code computes it: mask the spectrum of the image in [0, 1], clamp,
 * normalise, encode, decode each token to its pixels, compare with the normalised image in the frequency domain.
 *
 * @throws UserError when the configuration does not fit together
 */
export function buildMfm(config: MfmConfig): MfmModel {
  checkConfig(config);
  const { encoder, task, mean, std } = config;
  const vit = buildVit(encoder, config.imageSize);
  const stride = encoder.patchSize;
  const toMask = (mask: tf.Tensor) => tf.cast(mask as tf.Tensor3D, 'float32');

  const run = (parameters: Tensors, images: tf.Tensor4D, mask: tf.Tensor3D) => {
    const corrupted = corruptFrequencies(images, mask);
    const encoderInput = normalise(corrupted, mean, std);
    const tokens = encodePatches(vit, parameters, encoderInput);
    const geometry = { batch: images.shape[0], grid: vit.grid, stride };
    return { corrupted, encoderInput, tokens, reconstruction: linearDecoder(tokens, parameters, geometry) };
  };

  const imageLoss: MfmModel['imageLoss'] = (parameters, images, mask) => {
    const kept = toMask(mask);
    const { reconstruction } = run(parameters, images, kept);
    const inputs = task.loss ? { options: task.loss } : {};
    const masked = task.target === 'masked' ? kept : undefined;
    return frequencyLoss(reconstruction, normalise(images, mean, std), masked, inputs);
  };

  return {
    config,
    parameters: [...vit.parameters, ...linearDecoderParameters(encoder.embedDim, stride)],
    imageLoss,
    loss: (parameters, { pixels, mask }) => ({ loss: imageLoss(parameters, imagesFromPixels(pixels), mask) }),
    reconstruct(parameters, images, mask) {
      const { tokens, ...images3 } = run(parameters, images, toMask(mask));
      const grid = tf.reshape(tokens, [images.shape[0], vit.grid, vit.grid, encoder.embedDim]) as tf.Tensor4D;
      return { ...images3, z: tf.transpose(grid, [0, 3, 1, 2]) };
    },
    features: (parameters, images) => encodeFeatures(vit, parameters, images),
    denormalise: (images) => denormalise(images, mean, std),
  };
}
