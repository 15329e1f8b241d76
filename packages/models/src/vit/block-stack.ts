import * as tf from '@tensorflow/tfjs-core';
import { createDropPath } from '../encoder/drop-path.ts';
import type { ForwardContext } from '../encoder/encoder.ts';
import type { BufferSpec } from '../parameters/buffer-spec.ts';
import type { ParameterSpec } from '../parameters/parameter-spec.ts';
import type { Tensors } from '../parameters/tensors.ts';
import { type BlockConfig, block, blockParameters } from './block.ts';
import { indexBuffers, sharedBias, sharedTable } from './relative-position.ts';
import type { VitConfig } from './vit-config.ts';

/** A row of equal transformer blocks over the tokens of a grid and a class token. */
export interface BlockStackConfig
  extends Pick<VitConfig, 'embedDim' | 'numHeads' | 'mlpRatio' | 'qkvBias' | 'initValues' | 'relativePositionBias'> {
  /** Before every parameter's name: `encoder.`. */
  readonly prefix: string;
  /** Tokens per side. */
  readonly grid: number;
  /** Drop rate of each block's two branches; as many as there are blocks. */
  readonly rates: readonly number[];
  /** Where the initial normal distribution of weights is cut. */
  readonly initLimit: number;
}

/** The blocks of an encoder or decoder, and the relative position table they may share. */
export interface BlockStack {
  readonly parameters: ParameterSpec[];
  readonly buffers: BufferSpec[];
  /**
   * @param rows float32 [N·(grid² + 1), D], per image the class token first
   * @returns float32 [N·(grid² + 1), D], not normalised
   */
  run(parameters: Tensors, rows: tf.Tensor2D, context: ForwardContext): tf.Tensor2D;
  /** The same behind every block. */
  outputs(parameters: Tensors, rows: tf.Tensor2D, context: ForwardContext): tf.Tensor2D[];
}

/** Makes the blocks. */
export function buildBlockStack(config: BlockStackConfig): BlockStack {
  const { prefix, grid, rates, numHeads, relativePositionBias: bias = 'none' } = config;
  const length = grid * grid + 1;
  const names = rates.map((_, index) => `${prefix}blocks.${index}`);
  const blockConfig: BlockConfig = {
    ...config,
    initValues: config.initValues ?? null,
    relativePositionGrid: bias === 'block' ? grid : null,
  };
  function outputs(parameters: Tensors, rows: tf.Tensor2D, context: ForwardContext): tf.Tensor2D[] {
    const shared = bias === 'shared' ? { bias: sharedBias(parameters, prefix, grid) } : {};
    const batch = rows.shape[0] / length;
    const geometry = { batch, length, numHeads, ...shared, dropPath: createDropPath(context) };
    let x = rows;
    // Tidied one by one: an eager backend holds one block's intermediate values at a time, or what their gradients read.
    return names.map((name, index) => {
      x = tf.tidy(() => block(x, parameters, name, blockConfig, { ...geometry, dropRate: rates[index]! }));
      return x;
    });
  }
  return {
    parameters: [
      ...(bias === 'shared' ? sharedTable(prefix, grid, numHeads) : []),
      ...names.flatMap((name, index) => blockParameters(name, index, blockConfig)),
    ],
    buffers: [
      ...indexBuffers(bias === 'shared' ? [`${prefix}rel_pos_bias`] : [], grid),
      ...indexBuffers(bias === 'block' ? names.map((name) => `${name}.attn`) : [], grid),
    ],
    // A stack may be empty: a decoder of depth 0.
    run: (parameters, rows, context) => outputs(parameters, rows, context).at(-1) ?? rows,
    outputs,
  };
}
