import { type HostTensors, type InputSpec, openSession, type TensorFunction, traceToOnnx } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import type { TrainConfig } from '../config/train-config.ts';
import { graphTarget } from './graph-target.ts';
import { activateTfjsBackend, eagerBackend } from './tfjs-backend.ts';
import { toTensor } from './tfjs-engine.ts';

type Values = Readonly<Record<string, Uint8Array | Float32Array>>;

/** A function of named tensors on the engine that trains, for measurements between steps. */
export interface Forward {
  /** @param values row-major, of the types and shapes that the inputs were declared with */
  run(values: Values): Promise<Record<string, Float32Array>>;
  close(): Promise<void>;
}

/** Traced once; parameters are fed, not stored, so that every state runs in the same session. */
async function compiledForward(
  run: TensorFunction,
  inputs: Readonly<Record<string, InputSpec>>,
  { device, threads }: Pick<TrainConfig, 'device' | 'threads'>,
): Promise<Forward> {
  const chosen = device === 'auto' ? 'cpu' : device;
  const session = await openSession(traceToOnnx(run, inputs, { target: graphTarget(chosen) }), {
    device: chosen,
    ...(threads && { threads }),
  });
  return {
    async run(values) {
      const feeds: HostTensors = {};
      for (const { name } of session.inputs) {
        const { shape, dtype = 'float32' } = inputs[name]!;
        feeds[name] = { type: dtype, dims: shape, data: values[name]! };
      }
      const results = Object.entries(await session.run(feeds));
      return Object.fromEntries(results.map(([name, { data }]) => [name, data as Float32Array]));
    },
    close: () => session.close(),
  };
}

async function eagerForward(
  run: TensorFunction,
  inputs: Readonly<Record<string, InputSpec>>,
  backend: string,
): Promise<Forward> {
  await activateTfjsBackend(backend);
  return {
    async run(values) {
      const results = tf.tidy(() => {
        const fed = Object.entries(inputs).map(([name, { shape }]) => [name, toTensor(values[name]!, shape)] as const);
        return run(Object.fromEntries(fed));
      });
      const read: Record<string, Float32Array> = {};
      for (const [name, tensor] of Object.entries(results)) read[name] = (await tensor.data()) as Float32Array;
      tf.dispose(results);
      return read;
    },
    async close() {},
  };
}

/**
 * Opens a function on the engine of a configuration.
 *
 * @param inputs shapes and types of everything the function is given
 * @throws UserError when the device cannot be had
 */
export function openForward(
  run: TensorFunction,
  inputs: Readonly<Record<string, InputSpec>>,
  config: Pick<TrainConfig, 'engine' | 'device' | 'threads'>,
): Promise<Forward> {
  return config.engine === 'onnxruntime'
    ? compiledForward(run, inputs, config)
    : eagerForward(run, inputs, eagerBackend(config.engine, config.device));
}
