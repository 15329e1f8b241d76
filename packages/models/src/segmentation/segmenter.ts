import { resizeBilinear2d } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import { type Encoder, evaluation, type ForwardContext } from '../encoder/encoder.ts';
import { buildEncoder } from '../encoder/encoder-table.ts';
import type { BufferSpec } from '../parameters/buffer-spec.ts';
import type { ParameterSpec } from '../parameters/parameter-spec.ts';
import type { Tensors } from '../parameters/tensors.ts';
import { buildAuxiliaryHead } from './fcn-head.ts';
import { buildFeaturePyramid } from './feature-pyramid.ts';
import { type PixelMean, pixelCrossEntropy } from './pixel-loss.ts';
import { checkSegmenterConfig, type SegmenterConfig } from './segmenter-config.ts';
import { buildUpernet } from './upernet.ts';

/** Before the names of an encoder's parameters in a segmenter. */
export const BACKBONE = 'backbone.';

/** What a training pass is given besides images. */
export interface PixelTargets {
  /** Whole numbers [N, H, W]: a class, or 255 for none. */
  readonly labels: tf.Tensor3D;
  /** float32 [N, dropoutChannels], 1 = channel kept; absent: all are. */
  readonly dropout?: tf.Tensor2D | undefined;
  /** Weight of the auxiliary head's loss; 0.4 in the official recipes. */
  readonly auxiliaryWeight: number;
  readonly mean: PixelMean;
}

/** Functions over named parameters (names and layouts of mmsegmentation). None reads a value, so that all can be traced. */
export interface Segmenter {
  readonly config: SegmenterConfig;
  readonly encoder: Encoder;
  readonly parameters: ParameterSpec[];
  readonly buffers: BufferSpec[];
  /** Channels that dropout decides on in training: those of the head, then those of the auxiliary head. */
  readonly dropoutChannels: number;
  /**
   * @param images float32 [N, 3, H, W], normalised
   * @returns float32 [N, K, H, W]
   */
  logits(parameters: Tensors, images: tf.Tensor4D, context: ForwardContext): tf.Tensor4D;
  /**
   * The loss of training: cross-entropy of every pixel of both heads, whose logits are resized to the images'.
   *
   * @param images float32 [N, 3, H, W], normalised
   */
  loss(parameters: Tensors, images: tf.Tensor4D, targets: PixelTargets, context: ForwardContext): tf.Scalar;
  /**
   * What the heads see, as in evaluation: `stage_1` … `stage_4` [N, C, h, w].
   *
   * @param images float32 [N, 3, H, W], normalised
   */
  features(parameters: Tensors, images: tf.Tensor4D): Tensors;
}

/**
 * Builds a segmenter: an encoder, for a ViT the layers that make a pyramid of its maps, UperNet and its auxiliary head.
 *
 * @throws UserError when the configuration does not fit together
 */
export function buildSegmenter(config: SegmenterConfig): Segmenter {
  checkSegmenterConfig(config);
  const { imageSize, dropPathRate, numClasses, upernet } = config;
  const encoder = buildEncoder(config.encoder, { imageSize, prefix: BACKBONE, purpose: 'finetune', dropPathRate });
  const { stages } = encoder;
  const widths = stages.maps.map(({ width }) => width);
  const isFlat = stages.maps.every(({ stride }) => stride === stages.maps[0]!.stride);
  const neck = isFlat ? buildFeaturePyramid(widths[0]!) : undefined;
  const decode = buildUpernet(upernet, widths, numClasses);
  const auxiliary = buildAuxiliaryHead(upernet.auxiliaryChannels, widths, numClasses);

  function maps(parameters: Tensors, images: tf.Tensor4D, context: ForwardContext): tf.Tensor4D[] {
    const outputs = stages.run(parameters, images, context);
    return neck ? neck.run(parameters, outputs, context) : outputs;
  }
  /** The channels of one head, which come behind `before` others. */
  const dropoutOf = (kept: tf.Tensor2D | undefined, before: number, channels: number) =>
    kept && { kept: tf.slice(kept, [0, before], [kept.shape[0], channels]), rate: upernet.dropout };

  return {
    config,
    encoder,
    parameters: [...stages.parameters, ...(neck?.parameters ?? []), ...decode.parameters, ...auxiliary.parameters],
    buffers: [...encoder.buffers, ...(neck?.buffers ?? []), ...decode.buffers, ...auxiliary.buffers],
    dropoutChannels: decode.channels + auxiliary.channels,
    logits(parameters, images, context) {
      const logits = decode.logits(parameters, maps(parameters, images, context), context);
      return resizeBilinear2d(logits, [images.shape[2], images.shape[3]]);
    },
    loss(parameters, images, { labels, dropout, auxiliaryWeight, mean }, context) {
      const seen = maps(parameters, images, context);
      const heads = [
        { head: decode, weight: 1, before: 0 },
        { head: auxiliary, weight: auxiliaryWeight, before: decode.channels },
      ];
      const losses = heads.map(({ head, weight, before }) => {
        const logits = head.logits(parameters, seen, context, dropoutOf(dropout, before, head.channels));
        const whole = resizeBilinear2d(logits, [labels.shape[1], labels.shape[2]]);
        return tf.mul(pixelCrossEntropy(whole, labels, mean), weight) as tf.Scalar;
      });
      return tf.addN(losses);
    },
    features(parameters, images) {
      const named = maps(parameters, images, evaluation()).map((map, index) => [`stage_${index + 1}`, map] as const);
      return Object.fromEntries(named);
    },
  };
}
