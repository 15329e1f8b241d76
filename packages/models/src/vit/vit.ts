import * as tf from '@tensorflow/tfjs-core';
import { branchRates, dropPathSchedule } from '../encoder/drop-path.ts';
import { type Encoder, type EncoderOptions, evaluation, type ForwardContext } from '../encoder/encoder.ts';
import { norm } from '../parameters/parameter-spec.ts';
import type { Tensors } from '../parameters/tensors.ts';
import { vitNorm } from './block.ts';
import { buildBlockStack } from './block-stack.ts';
import { embeddingParameters, embedPatches } from './embedding.ts';
import type { VitConfig } from './vit-config.ts';

/** A ViT: an encoder that keeps a class token before its cells. */
export interface Vit extends Encoder {
  /**
   * All normalised tokens, per image the class token first: what a transformer decoder sees.
   *
   * @param images float32 [N, 3, H, W], normalised
   * @returns float32 [N·(grid² + 1), D]
   */
  sequence(parameters: Tensors, images: tf.Tensor4D, context: ForwardContext): tf.Tensor2D;
}

/**
 * The four blocks whose tokens dense prediction sees, from 0: of 12 blocks 3, 5, 7 and 11, of a multiple accordingly (Bao et al. 2022, BEiT's
 * segmentation), else the last of every quarter.
 */
export function tappedBlocks(depth: number): number[] {
  if (depth % 12 === 0) return [4, 6, 8, 12].map((block) => (block * depth) / 12 - 1);
  return [1, 2, 3, 4].map((quarter) => Math.ceil((quarter * depth) / 4) - 1);
}

/** Where the official code cuts initial weights. */
export const INIT_LIMIT: Readonly<Record<EncoderOptions['purpose'], number>> = { pretrain: 0.02, finetune: 2 };

/** Builds a ViT encoder with a class token (Dosovitskiy et al. 2021). The configuration has been checked. */
export function buildVit(config: VitConfig, { imageSize, prefix, purpose, dropPathRate = 0 }: EncoderOptions): Vit {
  const { patchSize, embedDim, depth } = config;
  const grid = imageSize / patchSize;
  const length = grid * grid + 1;
  const initLimit = INIT_LIMIT[purpose];
  const rates = dropPathSchedule(dropPathRate, depth);
  const blocks = buildBlockStack({ ...config, prefix, grid, rates, initLimit });
  // A classifier of mean-pooled tokens normalises their mean, and nothing else.
  const poolsMean = purpose === 'finetune' && (config.meanPooling ?? true);
  const finalNorm = poolsMean ? `${prefix}fc_norm` : `${prefix}norm`;

  const embedded = (parameters: Tensors, images: tf.Tensor4D) => embedPatches(parameters, images, prefix, config);
  const tokens = (parameters: Tensors, images: tf.Tensor4D, context: ForwardContext): tf.Tensor2D =>
    blocks.run(parameters, embedded(parameters, images), context);
  const normalised = (parameters: Tensors, rows: tf.Tensor2D) => vitNorm(rows, parameters, finalNorm);
  const byImage = (rows: tf.Tensor2D, batch: number) => tf.reshape(rows, [batch, length, embedDim]) as tf.Tensor3D;
  const patchesOf = (rows: tf.Tensor2D, batch: number) =>
    tf.slice(byImage(rows, batch), [0, 1, 0], [-1, length - 1, embedDim]);
  const classTokenOf = (rows: tf.Tensor2D, batch: number) =>
    tf.reshape(tf.slice(byImage(rows, batch), [0, 0, 0], [-1, 1, embedDim]), [batch, embedDim]) as tf.Tensor2D;

  /** Patch tokens as a map, [N, D, grid, grid]. */
  const mapOf = (rows: tf.Tensor2D, batch: number) =>
    tf.transpose(tf.reshape(patchesOf(rows, batch), [batch, grid, grid, embedDim]), [0, 3, 1, 2]) as tf.Tensor4D;
  /** What one block's tokens are read as. */
  function featuresOf(parameters: Tensors, rows: tf.Tensor2D, batch: number) {
    if (poolsMean) {
      // As the classifier sees it: the mean first, then the normalisation.
      const patch_tokens = patchesOf(rows, batch);
      const mean_pooled = normalised(parameters, tf.mean(patch_tokens, 1));
      return { cls_token: classTokenOf(rows, batch), mean_pooled, patch_tokens };
    }
    const all = normalised(parameters, rows);
    const patch_tokens = patchesOf(all, batch);
    return { cls_token: classTokenOf(all, batch), mean_pooled: tf.mean(patch_tokens, 1), patch_tokens };
  }
  const beforeNorm = [...embeddingParameters(config, prefix, grid, initLimit), ...blocks.parameters];
  const tapped = tappedBlocks(depth);

  return {
    ...{ embedDim, stride: patchSize, grid, dropPathRates: branchRates(rates) },
    parameters: [...beforeNorm, ...norm(finalNorm, embedDim)],
    buffers: blocks.buffers,
    sequence: (parameters, images, context) => normalised(parameters, tokens(parameters, images, context)),
    encode(parameters, images, context) {
      const batch = images.shape[0];
      const patches = patchesOf(tokens(parameters, images, context), batch);
      return normalised(parameters, tf.reshape(patches, [batch * (length - 1), embedDim]));
    },
    pooled(parameters, images, context) {
      const batch = images.shape[0];
      const rows = tokens(parameters, images, context);
      return normalised(parameters, poolsMean ? tf.mean(patchesOf(rows, batch), 1) : classTokenOf(rows, batch));
    },
    features(parameters, images, wanted = 0) {
      const outputs = blocks.outputs(parameters, embedded(parameters, images), evaluation());
      const last = featuresOf(parameters, outputs.at(-1)!, images.shape[0]);
      const first = depth - wanted;
      const ofBlocks = outputs.slice(first).map((rows, index) => {
        const { cls_token, mean_pooled } = featuresOf(parameters, rows, images.shape[0]);
        const block = first + index + 1;
        return { [`cls_token_block_${block}`]: cls_token, [`mean_pooled_block_${block}`]: mean_pooled };
      });
      return Object.assign(last, ...ofBlocks);
    },
    stages: {
      maps: tapped.map(() => ({ width: embedDim, stride: patchSize })),
      parameters: beforeNorm,
      run(parameters, images, context) {
        const outputs = blocks.outputs(parameters, embedded(parameters, images), context);
        return tapped.map((block) => mapOf(outputs[block]!, images.shape[0]));
      },
    },
  };
}
