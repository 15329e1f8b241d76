import { gelu, layerNorm } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import type { DropPath } from '../encoder/drop-path.ts';
import { affine, norm, type ParameterSpec, parameter, truncatedNormal, zeros } from '../parameters/parameter-spec.ts';
import { pick, type Tensors } from '../parameters/tensors.ts';
import { type AttentionGeometry, attention } from './attention.ts';
import { linear } from './linear.ts';
import { relativePositionBias, relativePositionCount } from './relative-position.ts';

/** ViT's and the official code's; PyTorch's own default is 1e-5. */
export const VIT_EPSILON = 1e-6;

/** A transformer block, or a row of equal ones. */
export interface BlockConfig {
  readonly embedDim: number;
  readonly numHeads: number;
  readonly mlpRatio: number;
  readonly qkvBias: boolean;
  /** Initial value of the layer scales `gamma_1`, `gamma_2`; null for none. */
  readonly initValues: number | null;
  /** Tokens per side, for a relative position table of the block's own; null for none. */
  readonly relativePositionGrid: number | null;
  /** Where the initial normal distribution of weights is cut: 0.02 in pre-training, 2 in fine-tuning. */
  readonly initLimit: number;
}

/** What a block is told besides its input. */
export interface BlockContext extends AttentionGeometry {
  readonly dropPath: DropPath;
  /** Drop rate of both branches. */
  readonly dropRate: number;
}

/**
 * Parameters of one block.
 *
 * @param index from 0: the two layers that end a residual branch begin divided by √(2(index + 1)), as the official code rescales them
 */
export function blockParameters(name: string, index: number, config: BlockConfig): ParameterSpec[] {
  const { embedDim, numHeads, initValues, relativePositionGrid, initLimit } = config;
  const hidden = Math.floor(embedDim * config.mlpRatio);
  const rescaled = truncatedNormal(initLimit, 1 / Math.sqrt(2 * (index + 1)));
  const layerScale = (suffix: string) =>
    initValues === null ? [] : [parameter(`${name}.${suffix}`, [embedDim], { kind: 'constant', value: initValues })];
  const projectionBias = (suffix: string) =>
    config.qkvBias ? [parameter(`${name}.attn.${suffix}`, [embedDim], zeros)] : [];
  const table =
    relativePositionGrid === null
      ? []
      : [
          parameter(
            `${name}.attn.relative_position_bias_table`,
            [relativePositionCount(relativePositionGrid), numHeads],
            zeros,
          ),
        ];
  return [
    ...layerScale('gamma_1'),
    ...layerScale('gamma_2'),
    ...norm(`${name}.norm1`, embedDim),
    ...projectionBias('q_bias'),
    ...projectionBias('v_bias'),
    ...table,
    parameter(`${name}.attn.qkv.weight`, [3 * embedDim, embedDim], truncatedNormal(initLimit)),
    ...affine(`${name}.attn.proj`, [embedDim, embedDim], rescaled),
    ...norm(`${name}.norm2`, embedDim),
    ...affine(`${name}.mlp.fc1`, [hidden, embedDim], truncatedNormal(initLimit)),
    ...affine(`${name}.mlp.fc2`, [embedDim, hidden], rescaled),
  ];
}

/** Layer normalisation with ViT's ε. */
export const vitNorm = (x: tf.Tensor2D, parameters: Tensors, name: string): tf.Tensor2D =>
  layerNorm(x, pick(parameters, `${name}.weight`), pick(parameters, `${name}.bias`), VIT_EPSILON);

/** A residual branch's contribution: scaled by the layer scale where the block has one, and dropped for some samples. */
function residual(
  x: tf.Tensor2D,
  branch: tf.Tensor2D,
  scale: tf.Tensor | undefined,
  drop: (rows: tf.Tensor2D) => tf.Tensor2D,
): tf.Tensor2D {
  return tf.add(x, drop(scale ? tf.mul(branch, scale) : branch));
}

/**
 * One pre-norm transformer block (Dosovitskiy et al. 2021, eq. 2–3).
 *
 * @param x float32 [N·L, D]
 * @param name of the block, `encoder.blocks.0`
 * @returns float32 [N·L, D]
 */
export function block(
  x: tf.Tensor2D,
  parameters: Tensors,
  name: string,
  config: BlockConfig,
  { dropPath, dropRate, ...geometry }: BlockContext,
): tf.Tensor2D {
  const bias =
    config.relativePositionGrid === null
      ? geometry.bias
      : relativePositionBias(
          pick<tf.Tensor2D>(parameters, `${name}.attn.relative_position_bias_table`),
          config.relativePositionGrid,
        );
  const attended = attention(vitNorm(x, parameters, `${name}.norm1`), parameters, `${name}.attn`, {
    ...geometry,
    ...(bias && { bias }),
  });
  const middle = residual(x, attended, parameters[`${name}.gamma_1`], (rows) => dropPath(rows, dropRate));
  const hidden = gelu(linear(vitNorm(middle, parameters, `${name}.norm2`), parameters, `${name}.mlp.fc1`));
  const mixed = linear(hidden, parameters, `${name}.mlp.fc2`);
  return residual(middle, mixed, parameters[`${name}.gamma_2`], (rows) => dropPath(rows, dropRate));
}
