import { encodeModel, type HostTensors, openSession, type SessionOptions, trace } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import type { FeatureTable } from '../features/feature-table.ts';
import { type LbfgsResult, minimizeLbfgs } from './lbfgs.ts';
import { logisticPreconditioner } from './preconditioner.ts';

/** Rows in one product: keeps a block of logits small whatever the number of images. */
const BLOCK_ROWS = 4096;

/** A linear classifier: logits = features · weightᵀ + bias. */
export interface LinearClassifier {
  /** `[classes, dim]`. */
  readonly weight: Float64Array;
  /** `[classes]`. */
  readonly bias: Float64Array;
  readonly classCount: number;
  readonly dim: number;
}

export interface LogisticFit extends Omit<LbfgsResult, 'point'> {
  readonly classifier: LinearClassifier;
}

export interface LogisticOptions {
  /** λ in (λ/2)·‖weight‖²; the bias is not penalised. */
  readonly weightDecay: number;
  /** Largest absolute gradient component at which the fit counts as converged. Default 1e-5. */
  readonly tolerance?: number;
  readonly maxIterations?: number;
  /** Where to begin: a fit for another λ makes a good start. Default zeros. */
  readonly start?: LinearClassifier;
}

/** Multinomial logistic regression over one table of features. */
export interface LogisticProblem {
  /** Mean cross-entropy + (λ/2)·‖weight‖² and its gradient, at `[weight, bias]` flat. */
  evaluate(point: Float64Array, gradient: Float64Array, weightDecay: number): Promise<number>;
  /** Minimises the loss by L-BFGS. Deterministic. */
  fit(options: LogisticOptions): Promise<LogisticFit>;
  close(): Promise<void>;
}

/**
 * Cross-entropy of each row of a block, and the gradient of its sum, as one ONNX graph: TensorFlow.js's gradient tape runs while
 * the loss is traced. `rowWeight` is 1 for a row and 0 for padding.
 */
function traceLoss(rows: number, dim: number, classCount: number): Uint8Array {
  const graph = trace(
    ({ features, labels, rowWeight, weight, bias }) => {
      const rowLosses = (w: tf.Tensor, b: tf.Tensor): tf.Tensor => {
        const logits = tf.add(tf.matMul(features as tf.Tensor2D, w as tf.Tensor2D, false, true), b);
        const classes = tf.tensor1d(Array.from({ length: classCount }, (_, k) => k));
        const isLabel = tf.cast(tf.equal(labels!, classes), 'float32');
        const shifted = tf.sub(logits, tf.max(logits, -1, true));
        const logSum = tf.log(tf.sum(tf.exp(shifted), -1, true));
        return tf.mul(tf.sum(tf.mul(isLabel, tf.sub(logSum, shifted)), -1, true), rowWeight!);
      };
      const gradients = tf.grads((w, b) => tf.sum(rowLosses(w!, b!)))([weight!, bias!]);
      // Traced twice, recorded once: equal operators merge.
      return { losses: rowLosses(weight!, bias!), weightGradient: gradients[0]!, biasGradient: gradients[1]! };
    },
    {
      features: { shape: [rows, dim], dtype: 'float32' },
      labels: { shape: [rows, 1], dtype: 'float32' },
      rowWeight: { shape: [rows, 1], dtype: 'float32' },
      weight: { shape: [classCount, dim], dtype: 'float32' },
      bias: { shape: [classCount], dtype: 'float32' },
    },
  );
  return encodeModel(graph, {});
}

/** The table cut into blocks of equal shape, the last one padded with rows of weight 0. */
function cutBlocks({ features, labels, count, dim }: FeatureTable, rows: number): HostTensors[] {
  const blocks: HostTensors[] = [];
  for (let start = 0; start < count; start += rows) {
    const valid = Math.min(rows, count - start);
    let block = features.subarray(start * dim, (start + valid) * dim);
    if (valid < rows) {
      const padded = new Float32Array(rows * dim);
      padded.set(block);
      block = padded;
    }
    const target = new Float32Array(rows);
    target.set(labels.subarray(start, start + valid));
    blocks.push({
      features: { type: 'float32', dims: [rows, dim], data: block },
      labels: { type: 'float32', dims: [rows, 1], data: target },
      rowWeight: { type: 'float32', dims: [rows, 1], data: new Float32Array(rows).fill(1, 0, valid) },
    });
  }
  return blocks;
}

/** XᵀX/n, `[dim, dim]`; rows of padding are zero and add nothing. */
async function measureSecondMoment(
  blocks: readonly HostTensors[],
  rows: number,
  dim: number,
  count: number,
  options: SessionOptions,
): Promise<Float64Array> {
  const graph = trace(
    ({ features }) => ({ gram: tf.matMul(features as tf.Tensor2D, features as tf.Tensor2D, true, false) }),
    { features: { shape: [rows, dim], dtype: 'float32' } },
  );
  const session = await openSession(encodeModel(graph, {}), options);
  const sum = new Float64Array(dim * dim);
  try {
    for (const { features } of blocks) {
      const gram = (await session.run({ features: features! })).gram!.data as Float32Array;
      for (let i = 0; i < sum.length; i++) sum[i]! += gram[i]! / count;
    }
  } finally {
    await session.close();
  }
  return sum;
}

/**
 * Opens the problem of telling `classCount` classes apart by a linear function of the features. The products run through ONNX Runtime in
 * float32, block by block; sums over blocks and the optimiser are float64.
 */
export async function openLogisticProblem(
  table: FeatureTable,
  classCount: number,
  { threads }: { readonly threads?: number } = {},
): Promise<LogisticProblem> {
  const { dim, count } = table;
  const rows = Math.min(BLOCK_ROWS, count);
  const options = threads === undefined ? {} : { threads };
  const session = await openSession(traceLoss(rows, dim, classCount), options);
  const blocks = cutBlocks(table, rows);
  const weightCount = classCount * dim;

  async function evaluate(point: Float64Array, gradient: Float64Array, weightDecay: number): Promise<number> {
    const weight = {
      type: 'float32' as const,
      dims: [classCount, dim],
      data: Float32Array.from(point.subarray(0, weightCount)),
    };
    const bias = { type: 'float32' as const, dims: [classCount], data: Float32Array.from(point.subarray(weightCount)) };
    let loss = 0;
    gradient.fill(0);
    for (const block of blocks) {
      const result = await session.run({ ...block, weight, bias });
      // Summed here in float64: a float32 sum is too coarse for the line search near the minimum.
      for (const value of result.losses!.data as Float32Array) loss += value;
      const [weightGradient, biasGradient] = [result.weightGradient!.data, result.biasGradient!.data] as Float32Array[];
      for (let i = 0; i < weightCount; i++) gradient[i]! += weightGradient![i]!;
      for (let i = 0; i < classCount; i++) gradient[weightCount + i]! += biasGradient![i]!;
    }
    let penalty = 0;
    for (let i = 0; i < gradient.length; i++) gradient[i]! /= count;
    for (let i = 0; i < weightCount; i++) {
      penalty += point[i]! * point[i]!;
      gradient[i]! += weightDecay * point[i]!;
    }
    return loss / count + (weightDecay / 2) * penalty;
  }

  let secondMoment: Float64Array | undefined;

  async function fit({
    weightDecay,
    tolerance = 1e-5,
    maxIterations = 1000,
    start,
  }: LogisticOptions): Promise<LogisticFit> {
    const initial = new Float64Array(weightCount + classCount);
    if (start) {
      initial.set(start.weight);
      initial.set(start.bias, weightCount);
    }
    secondMoment ??= await measureSecondMoment(blocks, rows, dim, count, options);
    const { point, ...rest } = await minimizeLbfgs((x, gradient) => evaluate(x, gradient, weightDecay), initial, {
      tolerance,
      maxIterations,
      precondition: logisticPreconditioner(secondMoment, dim, classCount, weightDecay),
    });
    const classifier = { weight: point.slice(0, weightCount), bias: point.slice(weightCount), classCount, dim };
    return { ...rest, classifier };
  }

  return { evaluate, fit, close: () => session.close() };
}

/** Logits of every row, `[count, classes]` row-major, in float64. */
export function classifyRows(
  features: Float32Array,
  { weight, bias, classCount, dim }: LinearClassifier,
): Float64Array {
  const count = features.length / dim;
  const logits = new Float64Array(count * classCount);
  for (let row = 0; row < count; row++) {
    for (let k = 0; k < classCount; k++) {
      let sum = bias[k]!;
      for (let i = row * dim, j = k * dim; j < (k + 1) * dim; i++, j++) sum += features[i]! * weight[j]!;
      logits[row * classCount + k] = sum;
    }
  }
  return logits;
}

/** Fraction of rows whose largest logit is their label's; the lower class wins a tie. */
export function accuracyOf(table: FeatureTable, classifier: LinearClassifier): number {
  const { classCount } = classifier;
  const logits = classifyRows(table.features, classifier);
  let correct = 0;
  for (let row = 0; row < table.count; row++) {
    const line = logits.subarray(row * classCount, (row + 1) * classCount);
    if (line.indexOf(line.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)) === table.labels[row]) correct++;
  }
  return correct / table.count;
}
