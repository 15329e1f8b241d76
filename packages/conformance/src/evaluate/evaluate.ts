import { didYouMean, UserError } from '@mfm/cli';
import { type HostTensor, openSession, traceToOnnx } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import type { Numbers } from '../check/check.ts';

/** A float32 input. */
export interface FloatInput {
  readonly shape: readonly number[];
  readonly data: Numbers;
}

export type Tensors = Record<string, tf.Tensor>;

/** Runs a function of named float32 tensors and gives its results' values. */
export type Evaluate = (
  fn: (inputs: Tensors) => Tensors,
  inputs: Readonly<Record<string, FloatInput>>,
) => Promise<Record<string, Float32Array>>;

const toFloat32 = (data: Numbers): Float32Array => Float32Array.from(data as ArrayLike<number>, Number);

/** Eagerly, on the TensorFlow.js backend `cpu`. */
const evaluateEagerly: Evaluate = async (fn, inputs) => {
  // Without its advice to install another backend.
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
  const results = tf.tidy(() => {
    const tensors = Object.entries(inputs).map(
      ([name, { shape, data }]) => [name, tf.tensor(toFloat32(data), [...shape])] as const,
    );
    return fn(Object.fromEntries(tensors));
  });
  // Read outside: tidy looks for tensors in what is returned, number by number of an array.
  const values = Object.entries(results).map(([name, tensor]) => [name, tensor.dataSync() as Float32Array] as const);
  tf.dispose(results);
  return Object.fromEntries(values);
};

/** Begins the names of a compiled function's results. */
const RESULT = 'result:';

/** Traced to ONNX and run by ONNX Runtime. */
const evaluateCompiled: Evaluate = async (fn, inputs) => {
  const shapes = Object.entries(inputs).map(([name, { shape }]) => [name, { shape }] as const);
  // A step gives the new state under the old names; in a graph, every value has a name of its own.
  const renamed = (tensors: Tensors) =>
    Object.fromEntries(Object.entries(fn(tensors)).map(([name, tensor]) => [`${RESULT}${name}`, tensor]));
  const session = await openSession(traceToOnnx(renamed, Object.fromEntries(shapes), { target: 'onnxruntime' }));
  try {
    const wanted = new Set(session.inputs.map(({ name }) => name));
    const feeds = Object.entries(inputs)
      .filter(([name]) => wanted.has(name))
      .map(([name, { shape, data }]): [string, HostTensor] => [
        name,
        { type: 'float32', dims: shape, data: toFloat32(data) },
      ]);
    const results = await session.run(Object.fromEntries(feeds));
    const values = Object.entries(results);
    return Object.fromEntries(values.map(([name, { data }]) => [name.slice(RESULT.length), data as Float32Array]));
  } finally {
    await session.close();
  }
};

/** Ways to run a case, by the name that `--engine` takes. */
const ENGINES: Readonly<Record<string, Evaluate>> = { tfjs: evaluateEagerly, onnxruntime: evaluateCompiled };

export const ENGINE_NAMES = Object.keys(ENGINES);

/** @throws UserError for an unknown name */
export function findEngine(name: string): Evaluate {
  const engine = Object.hasOwn(ENGINES, name) ? ENGINES[name] : undefined;
  if (engine === undefined) throw new UserError(`--engine: unknown engine "${name}"${didYouMean(name, ENGINE_NAMES)}`);
  return engine;
}
