import { UserError } from '@mfm/cli';
import type * as tf from '@tensorflow/tfjs-core';
import type { Encoder, ForwardContext } from '../../encoder/encoder.ts';
import type { BufferSpec } from '../../parameters/buffer-spec.ts';
import type { ParameterSpec } from '../../parameters/parameter-spec.ts';
import type { Tensors } from '../../parameters/tensors.ts';
import type { Vit } from '../../vit/vit.ts';
import type { PretextConfig } from '../pretext-config.ts';
import { checkDecoderConfig } from './decoder-config.ts';
import { buildLinearDecoder } from './linear-decoder.ts';
import { buildTransformerDecoder } from './transformer-decoder.ts';

/** The encoder's output and the image decoded from it. */
export interface Decoded {
  /** What the encoder gave: float32 [N, D, h, w], for a transformer decoder the tokens [N, L + 1, D]. */
  z: tf.Tensor;
  /** float32 [N, 3, H, W], normalised. */
  reconstruction: tf.Tensor4D;
}

/** Turns an encoder's output into an image. */
export interface Decoder {
  readonly parameters: ParameterSpec[];
  /** What PyTorch's state dict holds besides. */
  readonly buffers: BufferSpec[];
  /** @param images float32 [N, 3, H, W], normalised: the encoder's input */
  run(parameters: Tensors, images: tf.Tensor4D, context: ForwardContext): Decoded;
}

/**
 * Builds the official decoder for an encoder: one linear layer, or transformer blocks for a ViT.
 *
 * @throws UserError for transformer blocks over another encoder than a ViT, or whose configuration does not fit together
 */
export function buildDecoder(encoder: Encoder, { decoder, encoder: config }: PretextConfig): Decoder {
  if (!decoder || decoder.depth === 0) return buildLinearDecoder(encoder);
  if (config.type !== 'vit') {
    throw new UserError(`buildPretext: decoder.depth must be 0 for ${config.type}, got ${decoder.depth}.`);
  }
  checkDecoderConfig(decoder, config);
  return buildTransformerDecoder(encoder as Vit, config, decoder);
}
