import { encodeModel, type HostTensor, type HostTensors, openSession, type SessionOptions, trace } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import { BLOCK_ROWS, blocksOf, type FeatureTable } from '../features/feature-table.ts';
import { type LbfgsResult, minimizeLbfgs } from './lbfgs.ts';
import type { LinearClassifier } from './linear-classifier.ts';
import { logisticPreconditioner } from './preconditioner.ts';
import { identity, type Standardization } from './standardize.ts';

export interface LogisticFit extends Omit<LbfgsResult, 'point'> {
  /** Of standardised features. */
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

export interface ProblemOptions {
  /** Applied to every row in the graph. Default: features as they are. */
  readonly standardization?: Standardization;
  readonly threads?: number;
}

/** Multinomial logistic regression over one table of features. */
export interface LogisticProblem {
  /** Mean cross-entropy + (λ/2)·‖weight‖² and its gradient, at `[weight, bias]` flat. */
  evaluate(point: Float64Array, gradient: Float64Array, weightDecay: number): Promise<number>;
  /** Minimises the loss by L-BFGS. Deterministic. */
  fit(options: LogisticOptions): Promise<LogisticFit>;
  close(): Promise<void>;
}

/** Standardised rows; those of padding become zero. */
const scaledRows = ({ features, rowWeight, mean, scale }: Record<string, tf.Tensor>): tf.Tensor2D =>
  tf.mul(tf.mul(tf.sub(features!, mean!), scale!), rowWeight!);

const blockInputs = (rows: number, dim: number) => ({
  features: { shape: [rows, dim], dtype: 'float32' as const },
  rowWeight: { shape: [rows, 1], dtype: 'float32' as const },
  mean: { shape: [dim], dtype: 'float32' as const },
  scale: { shape: [dim], dtype: 'float32' as const },
});

/**
 * Cross-entropy of each row of a block, and the gradient of its sum, as one ONNX graph: TensorFlow.js's gradient tape runs while
 * the loss is traced. `rowWeight` is 1 for a row and 0 for padding.
 */
function traceLoss(rows: number, dim: number, classCount: number): Uint8Array {
  const graph = trace(
    ({ labels, weight, bias, ...block }) => {
      const x = scaledRows(block);
      const rowLosses = (w: tf.Tensor, b: tf.Tensor): tf.Tensor => {
        const logits = tf.add(tf.matMul(x, w as tf.Tensor2D, false, true), b);
        const classes = tf.tensor1d(Array.from({ length: classCount }, (_, k) => k));
        const isLabel = tf.cast(tf.equal(labels!, classes), 'float32');
        const shifted = tf.sub(logits, tf.max(logits, -1, true));
        const logSum = tf.log(tf.sum(tf.exp(shifted), -1, true));
        return tf.mul(tf.sum(tf.mul(isLabel, tf.sub(logSum, shifted)), -1, true), block.rowWeight!);
      };
      const gradients = tf.grads((w, b) => tf.sum(rowLosses(w!, b!)))([weight!, bias!]);
      // Traced twice, recorded once: equal operators merge.
      return { losses: rowLosses(weight!, bias!), weightGradient: gradients[0]!, biasGradient: gradients[1]! };
    },
    {
      ...blockInputs(rows, dim),
      labels: { shape: [rows, 1], dtype: 'float32' },
      weight: { shape: [classCount, dim], dtype: 'float32' },
      bias: { shape: [classCount], dtype: 'float32' },
    },
  );
  return encodeModel(graph, {});
}

const float32 = (dims: readonly number[], data: Float32Array): HostTensor => ({ type: 'float32', dims, data });

/** A table's blocks as feeds of equal shape, the last one padded with rows of weight 0. One block's memory serves all. */
function createFeeds(table: FeatureTable, rows: number, { mean, deviation }: Standardization) {
  const { dim, labels } = table;
  const padded = new Float32Array(rows * dim);
  const [rowWeight, target] = [new Float32Array(rows), new Float32Array(rows)];
  const constants = {
    mean: float32([dim], Float32Array.from(mean)),
    scale: float32(
      [dim],
      Float32Array.from(deviation, (value) => 1 / value),
    ),
  };
  return function* feeds(): Generator<HostTensors, void, undefined> {
    for (const { start, rows: valid, features } of blocksOf(table, rows)) {
      if (valid < rows) padded.set(features);
      target.fill(0).set(labels.subarray(start, start + valid));
      rowWeight.fill(0).fill(1, 0, valid);
      yield {
        ...constants,
        features: float32([rows, dim], valid < rows ? padded : features),
        labels: float32([rows, 1], target),
        rowWeight: float32([rows, 1], rowWeight),
      };
    }
  };
}

type Feeds = ReturnType<typeof createFeeds>;

/** XᵀX/n of the standardised rows, `[dim, dim]`. */
async function measureSecondMoment(
  feeds: Feeds,
  rows: number,
  dim: number,
  count: number,
  options: SessionOptions,
): Promise<Float64Array> {
  const graph = trace(
    (block) => {
      const x = scaledRows(block);
      return { gram: tf.matMul(x, x, true, false) };
    },
    blockInputs(rows, dim),
  );
  const session = await openSession(encodeModel(graph, {}), options);
  const sum = new Float64Array(dim * dim);
  try {
    for (const { labels: _, ...block } of feeds()) {
      const gram = (await session.run(block)).gram!.data as Float32Array;
      for (let i = 0; i < sum.length; i++) sum[i]! += gram[i]! / count;
    }
  } finally {
    await session.close();
  }
  return sum;
}

/**
 * Opens the problem of telling `classCount` classes apart by a linear function of the features. The products run through ONNX Runtime in
 * float32, block by block, read from the table each time; sums over blocks and the optimiser are float64.
 */
export async function openLogisticProblem(
  table: FeatureTable,
  classCount: number,
  { standardization = identity(table.dim), threads }: ProblemOptions = {},
): Promise<LogisticProblem> {
  const { dim, count } = table;
  const rows = Math.min(BLOCK_ROWS, count);
  const options = threads === undefined ? {} : { threads };
  const session = await openSession(traceLoss(rows, dim, classCount), options);
  const feeds = createFeeds(table, rows, standardization);
  const weightCount = classCount * dim;

  async function evaluate(point: Float64Array, gradient: Float64Array, weightDecay: number): Promise<number> {
    const weight = float32([classCount, dim], Float32Array.from(point.subarray(0, weightCount)));
    const bias = float32([classCount], Float32Array.from(point.subarray(weightCount)));
    let loss = 0;
    gradient.fill(0);
    for (const block of feeds()) {
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
    secondMoment ??= await measureSecondMoment(feeds, rows, dim, count, options);
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
