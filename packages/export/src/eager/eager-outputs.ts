import type { HostParameter } from '@mfm/models';
import type { HostTensors } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import type { BuiltModel } from '../built-model.ts';
import type { HeadGraph } from '../heads/head.ts';
import { openEagerModel } from './open-eager-model.ts';
import { runHead, toTensor } from './run-head.ts';

/** What is computed: a head of a model with its parameters. */
export interface Subject {
  readonly model: BuiltModel;
  readonly headName: string;
  /** Whether the head takes uint8 pixels. */
  readonly normalize: boolean;
  readonly head: HeadGraph;
  readonly parameters: Readonly<Record<string, HostParameter>>;
}

export interface EagerOptions {
  /**
   * Gives the parameters' memory away while they are computed with: afterwards they are empty. For the last use of a large model, which
   * else is held twice.
   */
  readonly release?: boolean | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

type Outputs = Record<string, Float32Array>;

/** Parameters times pixels of an image; below it plain JavaScript is done before a thread has started. */
const SMALL_WORK = 4e9;

const elementCount = ({ parameters }: Subject) =>
  Object.values(parameters).reduce((sum, { data }) => sum + data.length, 0);

/** Every operator in JavaScript, in this thread. */
async function computeHere(
  { model, head, parameters }: Subject,
  feeds: readonly HostTensors[],
  { onProgress }: EagerOptions,
): Promise<Outputs[]> {
  const previous = tf.getBackend();
  await tf.setBackend('cpu');
  try {
    const entries = Object.entries(parameters).map(([name, { data, shape }]) => [name, toTensor(data, shape)] as const);
    const weights = Object.fromEntries(entries);
    const outputs = feeds.map((batch, index) => {
      const results = runHead(model, head, weights, batch);
      onProgress?.(index + 1, feeds.length);
      return results;
    });
    tf.dispose(weights);
    return outputs;
  } finally {
    if (previous) await tf.setBackend(previous);
  }
}

/** WebAssembly in a thread of its own, which takes its memory with it. */
async function computeInThread(
  { model, headName, normalize, parameters }: Subject,
  feeds: readonly HostTensors[],
  { release = false, onProgress }: EagerOptions,
): Promise<Outputs[]> {
  const { config, optimiser, featureBlocks } = model;
  const subject = { config, optimiser, featureBlocks, headName, normalize, parameters };
  const eager = await openEagerModel(subject, release);
  try {
    const outputs: Outputs[] = [];
    for (const [index, batch] of feeds.entries()) {
      outputs.push(await eager.run(batch));
      onProgress?.(index + 1, feeds.length);
    }
    return outputs;
  } finally {
    await eager.close();
  }
}

/**
 * A head computed eagerly by TensorFlow.js, which shares nothing with ONNX Runtime: tiny models in plain JavaScript, others in WebAssembly.
 *
 * @returns the outputs for each of the feeds
 * @throws Error when the eager model cannot be computed
 */
export function eagerOutputs(
  subject: Subject,
  feeds: readonly HostTensors[],
  options: EagerOptions = {},
): Promise<Outputs[]> {
  if (elementCount(subject) * subject.model.config.imageSize ** 2 < SMALL_WORK)
    return computeHere(subject, feeds, options);
  return computeInThread(subject, feeds, options);
}
