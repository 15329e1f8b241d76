import type * as tf from '@tensorflow/tfjs-core';
import type { BufferSpec } from '../parameters/buffer-spec.ts';
import type { ParameterSpec } from '../parameters/parameter-spec.ts';
import type { Tensors } from '../parameters/tensors.ts';

/** What a forward pass is told besides parameters and images, and where it leaves what changes on the way. */
export interface ForwardContext {
  /** Batch statistics and drop path, as in PyTorch's train mode. */
  readonly training: boolean;
  /** float32 [N, dropPathRates.length], 1 = branch kept, 0 = dropped; absent: every branch kept and unscaled. */
  readonly dropPath?: tf.Tensor2D | undefined;
  /** Processes over which batch statistics are taken together (torch.nn.SyncBatchNorm), each with an equal part of the batch; default 1: its own. */
  readonly replicas?: number | undefined;
  /** How often every image of the batch is counted, as in a batch that repeats them: unbiased variances depend on it. Default 1. */
  readonly copies?: number | undefined;
  /** In training, layers put the new values of running statistics here, by full parameter name. The caller disposes of them. */
  readonly statistics: Tensors;
}

/** A forward pass without side effects: running statistics are used, every branch is kept. */
export const evaluation = (): ForwardContext => ({ training: false, statistics: {} });

/** What an encoder is built for. */
export interface EncoderOptions {
  /** Side of the square images in pixels. */
  readonly imageSize: number;
  /** Before every parameter's name: `encoder.` in pretext models, nothing in classifiers, as in the official code. */
  readonly prefix: string;
  /** The official code initialises a ViT differently for pre-training and fine-tuning. */
  readonly purpose: 'pretrain' | 'finetune';
  /** Drop rate of the last residual branch; rates rise linearly from 0 with depth. Default 0. */
  readonly dropPathRate?: number | undefined;
}

/**
 * What dense prediction sees of an encoder: maps from early to late. Of a ResNet or Swin they are the outputs of its stages, each half as
 * wide as the one before; of a ViT the patch tokens behind four of its blocks, all of one size.
 */
export interface EncoderStages {
  /** Channels and pixels per cell of each map. */
  readonly maps: readonly { readonly width: number; readonly stride: number }[];
  /** The parameters that the maps depend on: the encoder's, without a normalisation that follows the last map alone, and with those of the maps. */
  readonly parameters: ParameterSpec[];
  /**
   * @param images float32 [N, 3, H, W], normalised
   * @returns float32 [N, width, H / stride, W / stride] for each of `maps`
   */
  run(parameters: Tensors, images: tf.Tensor4D, context: ForwardContext): tf.Tensor4D[];
}

/** An encoder at one image size: functions over named parameters (PyTorch names and layouts). None reads a value, so that all can be traced. */
export interface Encoder {
  /** Width D of the output. */
  readonly embedDim: number;
  /** Pixels per cell of the output. */
  readonly stride: number;
  /** Cells per side of the output, imageSize / stride. */
  readonly grid: number;
  readonly parameters: ParameterSpec[];
  /** What PyTorch's state dict holds besides: index tables and counters that follow from the configuration or the step. */
  readonly buffers: BufferSpec[];
  /** Drop rate of each stochastic branch, in the order of the forward pass; branches that are never dropped are not counted. */
  readonly dropPathRates: readonly number[];
  /**
   * What a pretext decoder sees: the last cells, normalised where the encoder ends in a normalisation, without class token.
   *
   * @param images float32 [N, 3, H, W], normalised
   * @returns float32 [N·grid², D], row-major
   */
  encode(parameters: Tensors, images: tf.Tensor4D, context: ForwardContext): tf.Tensor2D;
  /**
   * What a classification head sees.
   *
   * @param images float32 [N, 3, H, W], normalised
   * @returns float32 [N, D]
   */
  pooled(parameters: Tensors, images: tf.Tensor4D, context: ForwardContext): tf.Tensor2D;
  /**
   * Named features, as in evaluation. Every encoder has `mean_pooled` [N, D]; a ViT has `cls_token` [N, D] and `patch_tokens` [N, L, D],
   * a ResNet or Swin `stage_1` … `stage_4` [N, C, h, w].
   *
   * @param images float32 [N, 3, H, W], normalised
   * @param blocks of a ViT: also the class token and the mean of the patch tokens behind each of its last so many blocks, through the same final
   *   normalisation: `cls_token_block_<i>`, `mean_pooled_block_<i>` [N, D], the first block 1 (Caron et al. 2021's `get_intermediate_layers`)
   */
  features(parameters: Tensors, images: tf.Tensor4D, blocks?: number): Tensors;
  readonly stages: EncoderStages;
}
