import { once } from 'node:events';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { HostParameter } from '@mfm/models';
import type { ModelConfig, OptimiserSettings } from '../built-model.ts';
import type { EagerModel } from './eager-model.ts';
import type { EagerReply, EagerRequest } from './eager-worker.ts';

/** What is computed: a head of a model with its parameters. */
export interface EagerSubject {
  readonly config: ModelConfig;
  readonly optimiser?: OptimiserSettings | undefined;
  /** Last blocks of a ViT whose tokens the head `features` gives as well. */
  readonly featureBlocks?: number | undefined;
  readonly headName: string;
  /** Whether the head takes uint8 pixels. */
  readonly normalize: boolean;
  readonly parameters: Readonly<Record<string, HostParameter>>;
}

// By the package's own name: the same file is found from the sources (tests) and from the build.
const WORKER_FILE = createRequire(import.meta.url).resolve('@mfm/export/eager-worker');

/** One request at a time, so that no more than one parameter is on its way. */
async function ask(
  worker: Worker,
  request: EagerRequest,
  transfer: ArrayBuffer[] = [],
): Promise<Record<string, Float32Array> | undefined> {
  worker.postMessage(request, transfer);
  const [reply] = (await once(worker, 'message')) as [EagerReply];
  if ('error' in reply) throw new Error(`eagerOutputs: the eager model must run, got: ${reply.error}`);
  return reply.outputs;
}

/**
 * Opens a head on TensorFlow.js, in WebAssembly in a thread of its own, which takes its memory with it: it shares nothing with ONNX Runtime.
 *
 * @param release gives the parameters' memory away while they are computed with: afterwards they are empty
 * @throws Error when the eager model cannot be computed
 */
export async function openEagerThread(
  { config, optimiser, featureBlocks, headName, normalize, parameters }: EagerSubject,
  release = false,
): Promise<EagerModel> {
  // The caller's flags are for its own script: a loader of sources would stop the built worker.
  const worker = new Worker(WORKER_FILE, { execArgv: [] });
  const close = async () => {
    await worker.terminate();
  };
  try {
    await ask(worker, { kind: 'model', config, optimiser, featureBlocks, head: headName, normalize });
    for (const [name, { shape, data }] of Object.entries(parameters)) {
      const ownsBuffer = data.byteLength === data.buffer.byteLength && data.buffer instanceof ArrayBuffer;
      const transfer = release && ownsBuffer ? [data.buffer as ArrayBuffer] : [];
      await ask(worker, { kind: 'parameter', name, shape, data }, transfer);
    }
    return { run: async (feeds, copies) => (await ask(worker, { kind: 'run', feeds, copies }))!, close };
  } catch (error) {
    await close();
    throw error;
  }
}
