import * as tf from '@tensorflow/tfjs-core';
import type { ForwardContext } from './encoder.ts';

/** Drop rates of `depth` blocks: linspace(0, rate, depth). */
export const dropPathSchedule = (rate: number, depth: number): number[] =>
  Array.from({ length: depth }, (_, index) => (depth > 1 ? (rate * index) / (depth - 1) : 0));

/** Rates of the stochastic branches, two to a block (attention, then MLP), in the order of the forward pass. */
export const branchRates = (blockRates: readonly number[]): number[] =>
  blockRates.filter((rate) => rate > 0).flatMap((rate) => [rate, rate]);

/**
 * Stochastic depth (Huang et al. 2016) for a residual branch: samples whose branch is dropped get zero, the others branch / (1 − rate).
 *
 * @param rows float32 [N·L, D], all rows of a sample together
 * @returns float32 [N·L, D]
 */
export type DropPath = (rows: tf.Tensor2D, rate: number) => tf.Tensor2D;

/** The drop path of one forward pass; it must be called once for every branch, in order. Branches of rate 0 pass through. */
export function createDropPath({ training, dropPath: kept }: ForwardContext): DropPath {
  let branch = 0;
  return (rows, rate) => {
    if (rate === 0 || !training || !kept) return rows;
    const [batch, branches] = kept.shape;
    if (branch >= branches) {
      throw new Error(`createDropPath: dropPath must have a column for every stochastic branch, got ${branches}.`);
    }
    const column = tf.slice(kept, [0, branch++], [batch, 1]);
    const factor = tf.reshape(tf.div(column, 1 - rate), [batch, 1, 1]);
    const bySample = tf.reshape(rows, [batch, rows.shape[0] / batch, rows.shape[1]]);
    return tf.reshape(tf.mul(bySample, factor), rows.shape);
  };
}
