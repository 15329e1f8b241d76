import { gelu, layerNorm } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import type { DropPath } from '../encoder/drop-path.ts';
import type { BufferSpec } from '../parameters/buffer-spec.ts';
import { affine, norm, type ParameterSpec, parameter, truncatedNormal, zeros } from '../parameters/parameter-spec.ts';
import { pick, type Tensors } from '../parameters/tensors.ts';
import { linear } from '../vit/linear.ts';
import { shiftedWindowMask, type WindowGeometry, windowOffsets, windowPositionIndex } from './window.ts';
import { windowAttention } from './window-attention.ts';

/** PyTorch's default, where ViT has 1e-6. */
const SWIN_EPSILON = 1e-5;

/** The official code cuts the initial normal distribution of every weight at ±2, for pre-training as for fine-tuning. */
export const swinInit = truncatedNormal(2);

/** A Swin block. */
export interface SwinBlock {
  /** `encoder.layers.0.blocks.0` */
  readonly name: string;
  readonly width: number;
  readonly numHeads: number;
  readonly mlpRatio: number;
  readonly qkvBias: boolean;
  readonly geometry: WindowGeometry;
  /** Drop rate of both branches. */
  readonly dropRate: number;
}

export function blockParameters({ name, width, numHeads, mlpRatio, qkvBias, geometry }: SwinBlock): ParameterSpec[] {
  const hidden = Math.floor(width * mlpRatio);
  const table = [windowOffsets(geometry.window), numHeads];
  return [
    ...norm(`${name}.norm1`, width),
    parameter(`${name}.attn.relative_position_bias_table`, table, swinInit),
    parameter(`${name}.attn.qkv.weight`, [3 * width, width], swinInit),
    ...(qkvBias ? [parameter(`${name}.attn.qkv.bias`, [3 * width], zeros)] : []),
    ...affine(`${name}.attn.proj`, [width, width], swinInit),
    ...norm(`${name}.norm2`, width),
    ...affine(`${name}.mlp.fc1`, [hidden, width], swinInit),
    ...affine(`${name}.mlp.fc2`, [width, hidden], swinInit),
  ];
}

/** The tables that PyTorch's state dict holds for a block. */
export function blockBuffers({ name, geometry }: SwinBlock): BufferSpec[] {
  const tokens = geometry.window ** 2;
  const mask: BufferSpec = {
    ...{ kind: 'table', name: `${name}.attn_mask`, dtype: 'float32' },
    shape: [(geometry.side / geometry.window) ** 2, tokens, tokens],
    values: () => shiftedWindowMask(geometry),
  };
  const index: BufferSpec = {
    ...{ kind: 'table', name: `${name}.attn.relative_position_index`, dtype: 'int64', shape: [tokens, tokens] },
    values: () => windowPositionIndex(geometry.window),
  };
  return geometry.shift > 0 ? [mask, index] : [index];
}

/** Layer normalisation with Swin's ε. */
export const swinNorm = (x: tf.Tensor2D, parameters: Tensors, name: string): tf.Tensor2D =>
  layerNorm(x, pick(parameters, `${name}.weight`), pick(parameters, `${name}.bias`), SWIN_EPSILON);

/**
 * One pre-norm block of attention in windows and MLP (Liu et al. 2021, eq. 3).
 *
 * @param x float32 [N·L, D], tokens in the block's window order
 * @returns float32 [N·L, D], in the same order
 */
export function swinBlock(x: tf.Tensor2D, parameters: Tensors, block: SwinBlock, dropPath: DropPath): tf.Tensor2D {
  const { name, numHeads, geometry, dropRate } = block;
  const normalised = swinNorm(x, parameters, `${name}.norm1`);
  const attended = windowAttention(normalised, parameters, `${name}.attn`, numHeads, geometry);
  const middle = tf.add(x, dropPath(attended, dropRate)) as tf.Tensor2D;
  const hidden = gelu(linear(swinNorm(middle, parameters, `${name}.norm2`), parameters, `${name}.mlp.fc1`));
  return tf.add(middle, dropPath(linear(hidden, parameters, `${name}.mlp.fc2`), dropRate));
}
