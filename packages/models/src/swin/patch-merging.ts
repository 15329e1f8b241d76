import * as tf from '@tensorflow/tfjs-core';
import { norm, type ParameterSpec, parameter } from '../parameters/parameter-spec.ts';
import { pick, type Tensors } from '../parameters/tensors.ts';
import { swinInit, swinNorm } from './block.ts';

/** @param name `encoder.layers.0.downsample` */
export const mergingParameters = (name: string, width: number): ParameterSpec[] => [
  parameter(`${name}.reduction.weight`, [2 * width, 4 * width], swinInit),
  ...norm(`${name}.norm`, 4 * width),
];

/**
 * Patch merging (Liu et al. 2021, section 3.1): 2 × 2 tokens become one of twice the width.
 *
 * @param x float32 [N·L, D], the four tokens behind one another (`mergeOrder`)
 * @returns float32 [N·L/4, 2D]
 */
export function mergePatches(x: tf.Tensor2D, parameters: Tensors, name: string): tf.Tensor2D {
  const joined = tf.reshape(x, [x.shape[0] / 4, 4 * x.shape[1]]) as tf.Tensor2D;
  const normalised = swinNorm(joined, parameters, `${name}.norm`);
  return tf.matMul(normalised, pick<tf.Tensor2D>(parameters, `${name}.reduction.weight`), false, true);
}
