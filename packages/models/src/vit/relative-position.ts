import * as tf from '@tensorflow/tfjs-core';
import type { BufferSpec } from '../parameters/buffer-spec.ts';
import { type ParameterSpec, parameter, zeros } from '../parameters/parameter-spec.ts';
import { pick, type Tensors } from '../parameters/tensors.ts';

/** Rows of a relative position table over a grid: (2h − 1)(2w − 1) offsets, then class→token, token→class, class→class. */
export const relativePositionCount = (grid: number): number => (2 * grid - 1) ** 2 + 3;

/**
 * Row of the relative position table for each pair of tokens, the class token first (BEiT's layout).
 *
 * @param grid tokens per side
 * @returns int32 [L + 1, L + 1], L = grid²
 */
export function relativePositionIndex(grid: number): Int32Array {
  const tokens = grid * grid;
  const count = relativePositionCount(grid);
  const index = new Int32Array((tokens + 1) ** 2);
  for (let from = 0; from < tokens; from++) {
    for (let to = 0; to < tokens; to++) {
      const rows = Math.floor(from / grid) - Math.floor(to / grid) + grid - 1;
      const columns = (from % grid) - (to % grid) + grid - 1;
      index[(from + 1) * (tokens + 1) + to + 1] = rows * (2 * grid - 1) + columns;
    }
  }
  for (let token = 1; token <= tokens; token++) {
    index[token] = count - 3;
    index[token * (tokens + 1)] = count - 2;
  }
  index[0] = count - 1;
  return index;
}

/** The index tables that PyTorch's state dict holds beside the named relative position tables. */
export function indexBuffers(names: readonly string[], grid: number): BufferSpec[] {
  const length = grid * grid + 1;
  return names.map((name) => ({
    ...{ kind: 'table', name: `${name}.relative_position_index`, dtype: 'int64', shape: [length, length] },
    values: () => relativePositionIndex(grid),
  }));
}

/**
 * Attention bias of a relative position table.
 *
 * @param table float32 [relativePositionCount(grid), heads]
 * @returns float32 [1, heads, L + 1, L + 1]
 */
export function relativePositionBias(table: tf.Tensor2D, grid: number): tf.Tensor4D {
  const length = grid * grid + 1;
  const rows = tf.gather(table, tf.tensor1d(relativePositionIndex(grid), 'int32'));
  return tf.transpose(tf.reshape(rows, [1, length, length, table.shape[1]]), [0, 3, 1, 2]);
}

const sharedName = (prefix: string) => `${prefix}rel_pos_bias.relative_position_bias_table`;

/** The table that all blocks share. */
export const sharedTable = (prefix: string, grid: number, numHeads: number): ParameterSpec[] => [
  parameter(sharedName(prefix), [relativePositionCount(grid), numHeads], zeros),
];

/** Attention bias of the shared table, float32 [1, heads, L + 1, L + 1]. */
export const sharedBias = (parameters: Tensors, prefix: string, grid: number): tf.Tensor4D =>
  relativePositionBias(pick<tf.Tensor2D>(parameters, sharedName(prefix)), grid);
