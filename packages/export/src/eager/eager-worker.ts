// A thread that computes a head eagerly, in WebAssembly: the memory of that never shrinks, but goes with the thread.
import { parentPort } from 'node:worker_threads';
import { registerWasmKernels, spillWasm, type Tensors } from '@mfm/models';
import type { HostTensors } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-backend-wasm';
import { type BuiltModel, buildModel, type ModelConfig, type OptimiserSettings } from '../built-model.ts';
import type { HeadGraph } from '../heads/head.ts';
import { headGraph } from '../heads/head-graph.ts';
import { runHead, toTensor } from './run-head.ts';

/** Main thread to worker, answered one by one. */
export type EagerRequest =
  | {
      readonly kind: 'model';
      readonly config: ModelConfig;
      readonly optimiser: OptimiserSettings | undefined;
      readonly featureBlocks: number | undefined;
      readonly head: string;
      readonly normalize: boolean;
    }
  | {
      readonly kind: 'parameter';
      readonly name: string;
      readonly shape: readonly number[];
      readonly data: Float32Array;
    }
  | { readonly kind: 'run'; readonly feeds: HostTensors; readonly copies: number | undefined };

/** The outputs of a run; of other requests, none. */
export type EagerReply = { readonly outputs?: Record<string, Float32Array> } | { readonly error: string };

const port = parentPort;
if (!port) throw new Error('eager-worker: must be run as a worker thread.');

const weights: Tensors = {};
let model: BuiltModel | undefined;
let head: HeadGraph | undefined;

async function answer(request: EagerRequest): Promise<EagerReply> {
  if (request.kind === 'model') {
    registerWasmKernels();
    if (!(await tf.setBackend('wasm'))) throw new Error('WebAssembly must be there, and is not');
    spillWasm(tf.backend() as BackendWasm);
    model = buildModel(request.config, request.optimiser, request.featureBlocks);
    head = await headGraph(request.head, model, request.normalize);
    return {};
  }
  if (request.kind === 'parameter') {
    weights[request.name] = toTensor(request.data, request.shape);
    return {};
  }
  return { outputs: runHead(model!, head!, weights, request) };
}

port.on('message', (request: EagerRequest) => {
  answer(request).then(
    (reply) => port.postMessage(reply),
    (error: Error) => port.postMessage({ error: error.stack ?? error.message } satisfies EagerReply),
  );
});
