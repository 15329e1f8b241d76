import { openSession } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import type { HostParameter } from '../parameters/init-parameters.ts';
import type { Tensors } from '../parameters/tensors.ts';

type Values = Readonly<Record<string, HostParameter>>;

/** Values of the host as tensors of the active backend. */
export const toTensors = (values: Values): Tensors =>
  Object.fromEntries(Object.entries(values).map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]));

/** What `traceToOnnx` takes as the shapes of inputs. */
export const shapesOf = (inputs: Values) =>
  Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, { shape: [...shape] }]));

/** One run of a model through ONNX Runtime. */
export async function runCompiled(bytes: Uint8Array, inputs: Values) {
  const session = await openSession(bytes, { threads: 1 });
  const feeds = session.inputs.map(({ name }) => {
    const { shape, data } = inputs[name]!;
    return [name, { type: 'float32', dims: shape, data } as const] as const;
  });
  const results = await session.run(Object.fromEntries(feeds));
  await session.close();
  return results;
}
