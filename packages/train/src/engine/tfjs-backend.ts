import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { didYouMean, UserError } from '@mfm/cli';

/** Packages that bring TensorFlow's C library, best first; optional, since both download it when they are installed. */
const TENSORFLOW_PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];

async function loadTensorflow(): Promise<boolean> {
  for (const name of TENSORFLOW_PACKAGES) {
    try {
      await import(name);
      return await tf.setBackend('tensorflow');
    } catch {
      // Not installed, or its native binding is missing: the next one may be there.
    }
  }
  return false;
}

/** Backends of the eager engine, fastest first. */
const BACKENDS: Readonly<Record<string, () => Promise<boolean>>> = {
  tensorflow: loadTensorflow,
  wasm: () => tf.setBackend('wasm'),
  cpu: () => tf.setBackend('cpu'),
};

/**
 * Activates a TensorFlow.js backend for eager training.
 *
 * @param name `tensorflow`, `wasm`, `cpu`, or `auto`: the first of these that is there
 * @returns the name of the active backend
 * @throws UserError when the one asked for is unknown or cannot be had
 */
export async function activateTfjsBackend(name: string): Promise<string> {
  if (name === 'auto') {
    for (const [backend, activate] of Object.entries(BACKENDS)) if (await activate()) return backend;
  }
  const activate = BACKENDS[name];
  if (!activate)
    throw new UserError(`tfjs: unknown backend "${name}"${didYouMean(name, [...Object.keys(BACKENDS), 'auto'])}`);
  if (!(await activate())) {
    const hint =
      name === 'tensorflow'
        ? `Install ${TENSORFLOW_PACKAGES.join(' or ')} with its install script allowed.`
        : 'Use cpu instead.';
    throw new UserError(`tfjs: backend "${name}" is not available here. ${hint}`);
  }
  await tf.ready();
  return name;
}
