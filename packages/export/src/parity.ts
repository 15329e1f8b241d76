import type { HostParameter, MfmModel } from '@mfm/models';
import { type HostTensors, openSession } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import type { Head } from './head.ts';
import { probeInputs } from './probe-inputs.ts';

/** Largest absolute difference from the eager model that an export may have. */
export const PARITY_TOLERANCE = 1e-4;

/** How far an output of the exported model is from the eager model's, over all batches. */
export interface OutputParity {
  readonly output: string;
  readonly maxAbsolute: number;
  readonly meanAbsolute: number;
  /** Cosine of the angle between the two outputs, flattened. */
  readonly cosine: number;
}

export interface ParityReport {
  readonly batchSizes: readonly number[];
  readonly outputs: readonly OutputParity[];
  readonly tolerance: number;
  readonly passed: boolean;
}

/** The head computed eagerly by TensorFlow.js' CPU backend: every operator in JavaScript, nothing shared with ONNX Runtime. */
async function runEager(
  model: MfmModel,
  head: Head,
  parameters: Readonly<Record<string, HostParameter>>,
  feeds: HostTensors,
): Promise<Record<string, Float32Array>> {
  const previous = tf.getBackend();
  await tf.setBackend('cpu');
  try {
    const outputs = tf.tidy(() => {
      const toTensor = (data: Float32Array, shape: readonly number[]) => tf.tensor(data, [...shape], 'float32');
      const weights = Object.fromEntries(
        Object.entries(parameters).map(([name, p]) => [name, toTensor(p.data, p.shape)]),
      );
      const inputs = Object.fromEntries(
        Object.entries(feeds).map(([name, { data, dims }]) => [name, toTensor(data as Float32Array, dims)]),
      );
      return head.run(model, weights, inputs);
    });
    const entries = Object.entries(outputs).map(([name, tensor]) => [name, tensor.dataSync().slice() as Float32Array]);
    tf.dispose(outputs);
    return Object.fromEntries(entries);
  } finally {
    if (previous) await tf.setBackend(previous);
  }
}

/** Running sums of a comparison. */
interface Sums {
  count: number;
  max: number;
  total: number;
  dot: number;
  squareA: number;
  squareB: number;
}

function addDifferences(sums: Sums, actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [actual[i]!, expected[i]!];
    // NaN compares false with everything: written so that it counts as the worst.
    const difference = Math.abs(a - b);
    if (!(difference <= sums.max)) sums.max = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
    sums.total += difference;
    sums.dot += a * b;
    sums.squareA += a * a;
    sums.squareB += b * b;
  }
  sums.count += expected.length;
}

export interface ParityOptions {
  readonly batchSizes?: readonly number[];
  readonly tolerance?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Runs an exported model and the eager one on the same made-up pictures, at several batch sizes, and compares every output.
 *
 * @param bytes the ONNX file's content
 */
export async function checkParity(
  bytes: Uint8Array,
  model: MfmModel,
  head: Head,
  parameters: Readonly<Record<string, HostParameter>>,
  { batchSizes = [1, 2], tolerance = PARITY_TOLERANCE, onProgress }: ParityOptions = {},
): Promise<ParityReport> {
  const session = await openSession(bytes);
  const sums = new Map<string, Sums>();
  try {
    for (const [index, batch] of batchSizes.entries()) {
      const feeds = probeInputs(model, head, batch, 1 + index);
      const actual = await session.run(feeds);
      const expected = await runEager(model, head, parameters, feeds);
      for (const [name, values] of Object.entries(expected)) {
        const own = sums.get(name) ?? { count: 0, max: 0, total: 0, dot: 0, squareA: 0, squareB: 0 };
        sums.set(name, own);
        addDifferences(own, actual[name]!.data as Float32Array, values);
      }
      onProgress?.(index + 1, batchSizes.length);
    }
  } finally {
    await session.close();
  }
  const outputs = [...sums].map(([output, { count, max, total, dot, squareA, squareB }]) => ({
    output,
    maxAbsolute: max,
    meanAbsolute: total / count,
    cosine: dot / Math.sqrt(squareA * squareB),
  }));
  return { batchSizes, outputs, tolerance, passed: outputs.every(({ maxAbsolute }) => maxAbsolute <= tolerance) };
}
