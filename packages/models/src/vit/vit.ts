import * as tf from '@tensorflow/tfjs-core';
import { affine, norm, type ParameterSpec, parameter, truncatedNormal, zeros } from '../parameters/parameter-spec.ts';
import { pick, type Tensors } from '../parameters/tensors.ts';
import { type BlockConfig, block, blockParameters, vitNorm } from './block.ts';
import { linear } from './linear.ts';
import { sinCosPositionEmbedding } from './position-embedding.ts';
import { relativePositionBias, relativePositionCount } from './relative-position.ts';
import type { VitConfig } from './vit-config.ts';

/** Prefix of an encoder's parameters, as in the official checkpoints. */
const PREFIX = 'encoder';
const SHARED_TABLE = `${PREFIX}.rel_pos_bias.relative_position_bias_table`;

/** A ViT encoder at one image size. */
export interface Vit {
  readonly config: VitConfig;
  /** Tokens per side. */
  readonly grid: number;
  readonly parameters: ParameterSpec[];
  /**
   * All tokens after the last block, before the last normalisation.
   *
   * @param images float32 [N, 3, H, W], normalised
   * @returns float32 [N·(L + 1), D], per image the class token first
   */
  tokens(parameters: Tensors, images: tf.Tensor4D): tf.Tensor2D;
  /** The last normalisation, of any rows [R, D]. */
  normalise(parameters: Tensors, rows: tf.Tensor2D): tf.Tensor2D;
}

function embeddingParameters({ embedDim, patchSize, positionEmbedding }: VitConfig, grid: number): ParameterSpec[] {
  const shape = [1, grid * grid + 1, embedDim];
  const name = `${PREFIX}.pos_embed`;
  const build = () => Float32Array.from(sinCosPositionEmbedding(embedDim, grid));
  const position: Record<VitConfig['positionEmbedding'], ParameterSpec[]> = {
    learnt: [parameter(name, shape, truncatedNormal())],
    sincos: [{ name, shape, trainable: false, init: { kind: 'fixed', build } }],
    none: [],
  };
  return [
    parameter(`${PREFIX}.cls_token`, [1, 1, embedDim], truncatedNormal()),
    ...position[positionEmbedding],
    ...affine(`${PREFIX}.patch_embed.proj`, [embedDim, 3, patchSize, patchSize], truncatedNormal()),
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
function embedding(parameters: Tensors, tokens: number): tf.Tensor3D {
  const classToken = pick<tf.Tensor3D>(parameters, `${PREFIX}.cls_token`);
  const padded = tf.pad(classToken, [
    [0, 0],
    [0, tokens],
    [0, 0],
  ]) as tf.Tensor3D;
  const position = parameters[`${PREFIX}.pos_embed`];
  return position ? tf.add(padded, position) : padded;
}

/** Builds a ViT encoder with a class token. The configuration has been checked. */
export function buildVit(config: VitConfig, imageSize: number): Vit {
  const { patchSize, embedDim, depth, numHeads, relativePositionBias: bias = 'none' } = config;
  const grid = imageSize / patchSize;
  const length = grid * grid + 1;
  const blockConfig: BlockConfig = {
    ...config,
    initValues: config.initValues ?? null,
    relativePositionGrid: bias === 'block' ? grid : null,
  };
  const blockNames = Array.from({ length: depth }, (_, index) => `${PREFIX}.blocks.${index}`);
  const shared = parameter(SHARED_TABLE, [relativePositionCount(grid), numHeads], zeros);
  return {
    config,
    grid,
    parameters: [
      ...embeddingParameters(config, grid),
      ...(bias === 'shared' ? [shared] : []),
      ...blockNames.flatMap((name, index) => blockParameters(name, index, blockConfig)),
      ...norm(`${PREFIX}.norm`, embedDim),
    ],
    tokens(parameters, images) {
      const batch = images.shape[0];
      const patches = linear(patchRows(images, patchSize), parameters, `${PREFIX}.patch_embed.proj`);
      const withRoom = tf.pad(tf.reshape(patches, [batch, length - 1, embedDim]), [
        [0, 0],
        [1, 0],
        [0, 0],
      ]);
      const embedded = tf.add(withRoom, embedding(parameters, length - 1));
      const geometry = {
        batch,
        length,
        numHeads,
        ...(bias === 'shared' && { bias: relativePositionBias(pick(parameters, SHARED_TABLE), grid) }),
      };
      const rows = tf.reshape(embedded, [batch * length, embedDim]) as tf.Tensor2D;
      return blockNames.reduce((x, name) => block(x, parameters, name, blockConfig, geometry), rows);
    },
    normalise: (parameters, rows) => vitNorm(rows, parameters, `${PREFIX}.norm`),
  };
}
