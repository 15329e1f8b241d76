import type { HostParameter } from '@mfm/models';
import type { HostTensors } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import type { BuiltModel } from '../built-model.ts';
import { runHead, toTensor } from '../eager/run-head.ts';
import type { HeadGraph } from '../heads/head.ts';

/** A head computed by TensorFlow.js, its parameters kept on the backend between runs. */
export interface EagerModel {
  /** Name of the TensorFlow.js backend. */
  readonly backend: string;
  run(feeds: HostTensors): Promise<Record<string, Float32Array>>;
  /** Frees the parameters and gives the backend back that was there before. */
  close(): Promise<void>;
}

/**
 * Opens a model on the fastest eager backend that is there: for comparisons on many images, where the parity check's plain JavaScript
 * would take hours.
 */
export async function openEager(
  model: BuiltModel,
  head: HeadGraph,
  parameters: Readonly<Record<string, HostParameter>>,
): Promise<EagerModel> {
  const previous = tf.getBackend();
  // Loaded when it is wanted: what trains is large.
  const { activateTfjsBackend } = await import('@mfm/train');
  const backend = await activateTfjsBackend('auto');
  const weights = Object.fromEntries(
    Object.entries(parameters).map(([name, { data, shape }]) => [name, tf.keep(toTensor(data, shape))]),
  );
  return {
    backend,
    run: async (feeds) => runHead(model, head, weights, feeds),
    async close() {
      tf.dispose(weights);
      if (previous) await tf.setBackend(previous);
    },
  };
}
