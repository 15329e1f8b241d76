import * as tf from '@tensorflow/tfjs-core';
import { affine, norm, type ParameterSpec, parameter, pytorchDefault } from '../parameters/parameter-spec.ts';
import { pick, type Tensors } from '../parameters/tensors.ts';
import { linear } from '../vit/linear.ts';
import { swinInit, swinNorm } from './block.ts';
import type { SwinConfig } from './swin-config.ts';
import type { TokenMove } from './token-order.ts';

/** Absolute positions first, as PyTorch lists a module's own parameters before its parts'. */
export function embeddingParameters(config: SwinConfig, prefix: string, side: number): ParameterSpec[] {
  const { patchSize, embedDim, absolutePositionEmbedding = false, patchNorm = true } = config;
  const inputs = 3 * patchSize ** 2;
  const projection = [embedDim, 3, patchSize, patchSize];
  return [
    ...(absolutePositionEmbedding
      ? [parameter(`${prefix}absolute_pos_embed`, [1, side * side, embedDim], swinInit)]
      : []),
    // The official code leaves this convolution with PyTorch's default.
    ...affine(`${prefix}patch_embed.proj`, projection, pytorchDefault(inputs), pytorchDefault(inputs)),
    ...(patchNorm ? norm(`${prefix}patch_embed.norm`, embedDim) : []),
  ];
}

/** [N, 3, H, W] → one row per patch, [N·L, 3·P·P], in the order of a convolution's weight. */
function patchRows(images: tf.Tensor4D, patchSize: number): tf.Tensor2D {
  const [batch, channels, height, width] = images.shape;
  const [rows, columns] = [height / patchSize, width / patchSize];
  const cut = tf.reshape(images, [batch, channels, rows, patchSize, columns, patchSize]);
  return tf.reshape(tf.transpose(cut, [0, 2, 4, 1, 3, 5]), [batch * rows * columns, channels * patchSize ** 2]);
}

/**
 * Images → tokens: projection of patches, normalisation and absolute positions where the configuration has them.
 *
 * @param images float32 [N, 3, H, W], normalised
 * @param arrange into the order of the first block; on the patches' pixels, which are fewer than the tokens' channels
 * @returns float32 [N·L, D], in that order
 */
export function embedPatches(
  parameters: Tensors,
  images: tf.Tensor4D,
  prefix: string,
  { patchSize, embedDim, patchNorm = true }: SwinConfig,
  arrange: TokenMove,
): tf.Tensor2D {
  const batch = images.shape[0];
  const patches = arrange(patchRows(images, patchSize), batch);
  const projected = linear(patches, parameters, `${prefix}patch_embed.proj`);
  const rows = patchNorm ? swinNorm(projected, parameters, `${prefix}patch_embed.norm`) : projected;
  if (parameters[`${prefix}absolute_pos_embed`] === undefined) return rows;
  const length = rows.shape[0] / batch;
  const raster = tf.reshape(pick(parameters, `${prefix}absolute_pos_embed`), [length, embedDim]) as tf.Tensor2D;
  return tf.reshape(tf.add(tf.reshape(rows, [batch, length, embedDim]), arrange(raster, 1)), rows.shape);
}
