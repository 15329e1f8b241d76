import * as tf from '@tensorflow/tfjs-core';
import type { Phase, Tensors, TrainStep } from '../step/train-step.ts';
import type { Engine, TrainState } from './engine.ts';
import { fromStateArrays, toStateArrays } from './state-tensors.ts';

/** Float32 as it is, uint8 as int32: TensorFlow.js has no bytes. */
export const toTensor = (data: Uint8Array | Float32Array, shape: readonly number[]): tf.Tensor =>
  data instanceof Float32Array
    ? tf.tensor(data, [...shape], 'float32')
    : tf.tensor(Int32Array.from(data), [...shape], 'int32');

/**
 * The eager engine: the same step function, run kernel by kernel on the active TensorFlow.js backend.
 * Two sets of state tensors live at a time; the old set is freed after each step.
 */
export function createEagerEngine(
  step: TrainStep,
  initial: TrainState,
  backend: string,
  accumulationSteps: number,
): Engine {
  const arrays = toStateArrays(step, initial);
  const state: Tensors = Object.fromEntries(
    Object.entries(arrays).map(([key, data]) => [key, tf.tensor(data, step.state[key]!.shape as number[], 'float32')]),
  );
  let [updates, batches] = [initial.step, 0];
  return {
    name: `tfjs (${backend})`,
    async step(batch, lrs) {
      batches++;
      const phase: Phase = batches % accumulationSteps === 0 ? 'update' : 'accumulate';
      const results = tf.tidy(() => {
        const hyper = Object.entries(step.hyperValues(updates + 1, lrs)).map(
          ([key, value]) => [key, tf.scalar(value)] as const,
        );
        const fed = Object.entries(step.batch).map(([key, { shape }]) => [key, toTensor(batch[key]!, shape)] as const);
        return step.run({ ...state, ...Object.fromEntries([...fed, ...hyper]) }, phase);
      });
      const { loss, gradNorm, ...changed } = results;
      for (const [key, tensor] of Object.entries(changed)) {
        state[key]!.dispose();
        state[key] = tensor;
      }
      const metrics = { loss: (await loss!.data())[0]!, gradNorm: (await gradNorm!.data())[0]! };
      tf.dispose([loss!, gradNorm!]);
      if (phase === 'update') updates++;
      return metrics;
    },
    async readState() {
      const values: Record<string, Float32Array> = {};
      for (const [key, tensor] of Object.entries(state)) values[key] = (await tensor.data()) as Float32Array;
      return fromStateArrays(values, updates);
    },
    async close() {
      tf.dispose(state);
    },
  };
}
