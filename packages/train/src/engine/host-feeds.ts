import type { HostTensor, HostTensors, InputSpec } from '@mfm/onnx';
import type { EngineBatch } from './engine.ts';

/** A scalar to feed, or to write a result to. */
export const hostScalar = (value = 0): HostTensor => ({ type: 'float32', dims: [], data: Float32Array.of(value) });

/** Scalars by name. */
export const hostScalars = (values: Readonly<Record<string, number>>): HostTensors =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, hostScalar(value)]));

/** A batch's arrays with the shapes and types that the step declares. */
export const hostBatch = (batch: EngineBatch, specs: Readonly<Record<string, InputSpec>>): HostTensors =>
  Object.fromEntries(
    Object.entries(specs).map(([key, { shape, dtype = 'float32' }]) => [
      key,
      { type: dtype, dims: shape, data: batch[key]! },
    ]),
  );
