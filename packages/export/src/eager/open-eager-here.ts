import type { HostParameter } from '@mfm/models';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import type { BuiltModel } from '../built-model.ts';
import type { HeadGraph } from '../heads/head.ts';
import type { EagerModel } from './eager-model.ts';
import { runHead, toTensor } from './run-head.ts';

/** A head on a backend of this thread. */
export interface EagerHere extends EagerModel {
  /** Name of the TensorFlow.js backend. */
  readonly backend: string;
}

/**
 * Opens a head on TensorFlow.js in this thread. Closing it gives the backend back that was there before.
 *
 * @param backend `auto`: the fastest that is there, for many images; `cpu`: plain JavaScript, started in no time
 */
export async function openEagerHere(
  model: BuiltModel,
  head: HeadGraph,
  parameters: Readonly<Record<string, HostParameter>>,
  backend: 'auto' | 'cpu',
): Promise<EagerHere> {
  const previous = tf.getBackend();
  let active: string = backend;
  if (backend === 'auto') {
    // Loaded when it is wanted: what trains is large.
    const { activateTfjsBackend } = await import('@mfm/train');
    active = await activateTfjsBackend('auto');
  } else await tf.setBackend(backend);
  const weights = Object.fromEntries(
    Object.entries(parameters).map(([name, { data, shape }]) => [name, tf.keep(toTensor(data, shape))]),
  );
  return {
    backend: active,
    run: async (feeds, copies) => runHead(model, head, weights, { feeds, copies }),
    async close() {
      tf.dispose(weights);
      if (previous) await tf.setBackend(previous);
    },
  };
}
