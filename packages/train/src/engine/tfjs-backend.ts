import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { didYouMean, UserError } from '@mfm/cli';
import { registerWasmKernels } from '@mfm/models';
import { loadTensorflow } from './load-tensorflow.ts';

/** Activates a backend that is part of the installation. */
async function activate(name: string): Promise<void> {
  if (!(await tf.setBackend(name))) throw new Error('It does not start here; use cpu instead.');
}

/** Backends of the eager engine, fastest first. Each throws where it cannot be had. */
const BACKENDS: Readonly<Record<string, () => Promise<void>>> = {
  tensorflow: () => loadTensorflow(),
  async wasm() {
    registerWasmKernels();
    await activate('wasm');
  },
  cpu: () => activate('cpu'),
};

async function activateFirst(): Promise<string> {
  for (const [backend, start] of Object.entries(BACKENDS)) {
    const started = await start().then(
      () => true,
      () => false,
    );
    if (started) return backend;
  }
  throw new UserError(
    'tfjs: no backend starts here. Run "npm run setup" again; if that does not help, please report it.',
  );
}

/**
 * Activates a TensorFlow.js backend for eager training.
 *
 * @param name `tensorflow`, `wasm`, `cpu`, or `auto`: the first of these that is there
 * @returns the name of the active backend
 * @throws UserError when the one asked for is unknown or cannot be had, with the reason
 */
export async function activateTfjsBackend(name: string): Promise<string> {
  if (name === 'auto') return activateFirst();
  const start = BACKENDS[name];
  if (!start)
    throw new UserError(`tfjs: unknown backend "${name}"${didYouMean(name, [...Object.keys(BACKENDS), 'auto'])}`);
  try {
    await start();
  } catch (error) {
    throw new UserError(`tfjs: backend "${name}" cannot be had: ${(error as Error).message}`);
  }
  await tf.ready();
  return name;
}

/**
 * The backend that a configuration of an eager engine means: `--engine tensorflow` is the backend of that name, which takes the GPU if its
 * binding is that of tfjs-node-gpu.
 *
 * @throws UserError for `--engine tensorflow` with a device
 */
export function eagerBackend(engine: 'tfjs' | 'tensorflow', device: string): string {
  if (engine === 'tfjs') return device;
  if (device === 'auto' || device === 'tensorflow') return 'tensorflow';
  throw new UserError(
    `tensorflow: the engine takes the device that its binding is made for, got device "${device}". Leave --device out.`,
  );
}
