import type { Tensors } from '@mfm/models';
import type { HostArray, HostTensors } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import type { BuiltModel } from '../built-model.ts';
import type { HeadGraph } from '../heads/head.ts';

/** A host tensor on the active backend; whole numbers are TensorFlow.js's int32. */
export function toTensor(data: HostArray, shape: readonly number[]): tf.Tensor {
  if (data instanceof Float32Array) return tf.tensor(data, [...shape], 'float32');
  return tf.tensor(Int32Array.from(data as ArrayLike<number | bigint>, Number), [...shape], 'int32');
}

/**
 * A head computed by the active TensorFlow.js backend.
 *
 * @param weights the model's parameters on that backend
 * @param copies how often every image is counted
 * @returns the values of every output
 */
export function runHead(
  model: BuiltModel,
  head: HeadGraph,
  weights: Tensors,
  { feeds, copies }: { readonly feeds: HostTensors; readonly copies?: number | undefined },
): Record<string, Float32Array> {
  const outputs = tf.tidy(() => {
    const inputs = Object.entries(feeds).map(([name, { data, dims }]) => [name, toTensor(data, dims)] as const);
    return head.run(model, weights, Object.fromEntries(inputs), copies);
  });
  const values = Object.entries(outputs).map(([name, tensor]) => [name, tensor.dataSync().slice() as Float32Array]);
  tf.dispose(outputs);
  return Object.fromEntries(values);
}
