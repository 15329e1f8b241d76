import * as tf from '@tensorflow/tfjs-core';
import { affine, type ParameterSpec, parameter, truncatedNormal } from '../parameters/parameter-spec.ts';
import { pick, type Tensors } from '../parameters/tensors.ts';
import { linear } from './linear.ts';
import { sinCosPositionEmbedding } from './position-embedding.ts';
import type { VitConfig } from './vit-config.ts';

/**
 * A position embedding [1, grid² + 1, D], learnt or fixed; none for `none`.
 *
 * @param initLimit where the normal distribution of a learnt one is cut
 */
export function positionParameters(
  name: string,
  kind: VitConfig['positionEmbedding'],
  grid: number,
  embedDim: number,
  initLimit: number,
): ParameterSpec[] {
  const shape = [1, grid * grid + 1, embedDim];
  const build = () => Float32Array.from(sinCosPositionEmbedding(embedDim, grid));
  const kinds: Record<VitConfig['positionEmbedding'], ParameterSpec[]> = {
    learnt: [parameter(name, shape, truncatedNormal(initLimit))],
    sincos: [{ name, shape, trainable: false, init: { kind: 'fixed', build } }],
    none: [],
  };
  return kinds[kind];
}

/** Class token, positions and the projection of patches. */
export function embeddingParameters(
  { embedDim, patchSize, positionEmbedding }: VitConfig,
  prefix: string,
  grid: number,
  initLimit: number,
): ParameterSpec[] {
  return [
    parameter(`${prefix}cls_token`, [1, 1, embedDim], truncatedNormal(initLimit)),
    ...positionParameters(`${prefix}pos_embed`, positionEmbedding, grid, embedDim, initLimit),
    ...affine(`${prefix}patch_embed.proj`, [embedDim, 3, patchSize, patchSize], truncatedNormal(initLimit)),
  ];
}

/** [N, 3, H, W] → one row per patch, [N·L, 3·P·P], in the order of a convolution's weight. */
function patchRows(images: tf.Tensor4D, patchSize: number): tf.Tensor2D {
  const [batch, channels, height, width] = images.shape;
  const [rows, columns] = [height / patchSize, width / patchSize];
  const cut = tf.reshape(images, [batch, channels, rows, patchSize, columns, patchSize]);
  return tf.reshape(tf.transpose(cut, [0, 2, 4, 1, 3, 5]), [batch * rows * columns, channels * patchSize ** 2]);
}

/** What is added to [zero row, patches]: class token in row 0, plus positions. No copy per image, so that the batch may be symbolic. */
function embedding(parameters: Tensors, prefix: string, tokens: number): tf.Tensor3D {
  const classToken = pick<tf.Tensor3D>(parameters, `${prefix}cls_token`);
  const padded = tf.pad(classToken, [
    [0, 0],
    [0, tokens],
    [0, 0],
  ]) as tf.Tensor3D;
  const position = parameters[`${prefix}pos_embed`];
  return position ? tf.add(padded, position) : padded;
}

/**
 * Images → tokens with class token and positions.
 *
 * @param images float32 [N, 3, H, W], normalised
 * @returns float32 [N·(L + 1), D], per image the class token first
 */
export function embedPatches(
  parameters: Tensors,
  images: tf.Tensor4D,
  prefix: string,
  { patchSize, embedDim }: VitConfig,
): tf.Tensor2D {
  const batch = images.shape[0];
  const rows = linear(patchRows(images, patchSize), parameters, `${prefix}patch_embed.proj`);
  const length = rows.shape[0] / batch;
  const withRoom = tf.pad(tf.reshape(rows, [batch, length, embedDim]), [
    [0, 0],
    [1, 0],
    [0, 0],
  ]);
  return tf.reshape(tf.add(withRoom, embedding(parameters, prefix, length)), [batch * (length + 1), embedDim]);
}
