import type { HostParameter } from '@mfm/models';
import type { HostTensors } from '@mfm/onnx';
import type { BuiltModel } from '../built-model.ts';
import type { HeadGraph } from '../heads/head.ts';
import { openEagerHere } from './open-eager-here.ts';
import { openEagerThread } from './open-eager-thread.ts';

/** What is computed: a head of a model with its parameters. */
export interface Subject {
  readonly model: BuiltModel;
  readonly headName: string;
  /** Whether the head takes uint8 pixels. */
  readonly normalize: boolean;
  readonly head: HeadGraph;
  readonly parameters: Readonly<Record<string, HostParameter>>;
}

/** What it is fed with, and how often every image is counted. */
export interface EagerBatch {
  readonly feeds: HostTensors;
  readonly copies: number;
}

export interface EagerOptions {
  /**
   * Gives the parameters' memory away while they are computed with: afterwards they are empty. For the last use of a large model, which
   * else is held twice.
   */
  readonly release?: boolean | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Parameters times pixels of an image; below it plain JavaScript is done before a thread has started. */
const SMALL_WORK = 4e9;

const elementCount = ({ parameters }: Subject) =>
  Object.values(parameters).reduce((sum, { data }) => sum + data.length, 0);

/**
 * A head computed eagerly by TensorFlow.js, which shares nothing with ONNX Runtime: tiny models in plain JavaScript, others in WebAssembly.
 *
 * @returns the outputs of each batch
 * @throws Error when the eager model cannot be computed
 */
export async function eagerOutputs(
  subject: Subject,
  batches: readonly EagerBatch[],
  { release = false, onProgress }: EagerOptions = {},
): Promise<Record<string, Float32Array>[]> {
  const { model, head, headName, normalize, parameters } = subject;
  const { config, optimiser, featureBlocks } = model;
  const eager =
    elementCount(subject) * config.imageSize ** 2 < SMALL_WORK
      ? await openEagerHere(model, head, parameters, 'cpu')
      : await openEagerThread({ config, optimiser, featureBlocks, headName, normalize, parameters }, release);
  try {
    const outputs: Record<string, Float32Array>[] = [];
    for (const [index, { feeds, copies }] of batches.entries()) {
      outputs.push(await eager.run(feeds, copies));
      onProgress?.(index + 1, batches.length);
    }
    return outputs;
  } finally {
    await eager.close();
  }
}
