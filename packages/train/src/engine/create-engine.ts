import { UserError } from '@mfm/cli';
import type { TrainStep } from '../step/train-step.ts';
import type { Distributed } from './distributed.ts';
import { createDistributedEngine } from './distributed-engine.ts';
import type { Engine, TrainState } from './engine.ts';
import { createCompiledEngine } from './onnxruntime-engine.ts';
import { activateTfjsBackend, eagerBackend } from './tfjs-backend.ts';
import { createEagerEngine } from './tfjs-engine.ts';

/** What an engine needs to know. */
export interface EngineOptions {
  /** `onnxruntime`: compiled; `tensorflow`, `tfjs`: eager. */
  kind: 'onnxruntime' | 'tensorflow' | 'tfjs';
  step: TrainStep;
  initial: TrainState;
  accumulationSteps: number;
  /** `cpu`, `webgpu`, `cuda:0` for the compiled engine; `tensorflow`, `wasm`, `cpu` for the eager one; or `auto`. */
  device: string;
  threads?: number | undefined;
  /** Whether its waiting threads poll for work (compiled engine); default: the session's. */
  spin?: boolean | undefined;
  /** Prefix of ONNX Runtime's profile (compiled engine). */
  profile?: string | undefined;
  /** Trains together with other processes (compiled engine); `step` is then of this process's part of the batch. */
  distributed?: Distributed | undefined;
}

/**
 * Makes the engine that runs a training step.
 *
 * @throws UserError when the device or backend cannot be had
 */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const { step, distributed } = options;
  if (options.kind === 'onnxruntime') {
    const device = options.device === 'auto' ? 'cpu' : options.device;
    if (distributed) return createDistributedEngine(step, options.initial, { ...options, device }, distributed);
    return createCompiledEngine(step, options.initial, { ...options, device });
  }
  if (distributed) {
    throw new UserError(
      `engine: must be onnxruntime to train on ${distributed.communicator.size} ranks, got "${options.kind}". Leave --engine out, or train in one process.`,
    );
  }
  const backend = await activateTfjsBackend(eagerBackend(options.kind, options.device));
  return createEagerEngine(step, options.initial, backend, options.accumulationSteps);
}
