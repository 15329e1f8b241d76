import { encodeModel, openSession, trace } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import { BLOCK_ROWS, blocksOf, type FeatureTable } from '../features/feature-table.ts';

/** A linear classifier: logits = features · weightᵀ + bias. */
export interface LinearClassifier {
  /** `[classes, dim]`. */
  readonly weight: Float64Array;
  /** `[classes]`. */
  readonly bias: Float64Array;
  readonly classCount: number;
  readonly dim: number;
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

/** Logits of some rows of a table. */
export interface LogitBlock {
  readonly start: number;
  readonly rows: number;
  /** `[rows, classes]`; good until the next block. */
  readonly logits: Float32Array;
}

/** Logits of a table, block by block, computed by ONNX Runtime in float32. */
export async function* logitBlocks(
  table: FeatureTable,
  { weight, bias, classCount, dim }: LinearClassifier,
  { threads }: { readonly threads?: number } = {},
): AsyncGenerator<LogitBlock, void, undefined> {
  if (table.dim !== dim) throw new Error(`logitBlocks: features must be ${dim} long, got ${table.dim}.`);
  const blockRows = Math.min(BLOCK_ROWS, table.count);
  const graph = trace(
    (inputs) => ({
      logits: tf.add(
        tf.matMul(inputs.features as tf.Tensor2D, inputs.weight as tf.Tensor2D, false, true),
        inputs.bias!,
      ),
    }),
    {
      features: { shape: [blockRows, dim], dtype: 'float32' },
      weight: { shape: [classCount, dim], dtype: 'float32' },
      bias: { shape: [classCount], dtype: 'float32' },
    },
  );
  const session = await openSession(encodeModel(graph, {}), threads === undefined ? {} : { threads });
  const float32 = (dims: number[], data: Float32Array) => ({ type: 'float32' as const, dims, data });
  const constants = {
    weight: float32([classCount, dim], Float32Array.from(weight)),
    bias: float32([classCount], Float32Array.from(bias)),
  };
  const padded = new Float32Array(blockRows * dim);
  const logits = new Float32Array(blockRows * classCount);
  try {
    for (const { start, rows, features } of blocksOf(table, blockRows)) {
      if (rows < blockRows) padded.set(features);
      const block = float32([blockRows, dim], rows < blockRows ? padded : features);
      await session.run({ features: block, ...constants }, { logits: float32([blockRows, classCount], logits) });
      yield { start, rows, logits: logits.subarray(0, rows * classCount) };
    }
  } finally {
    await session.close();
  }
}
