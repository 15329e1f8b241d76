import type { MfmModel } from '@mfm/models';
import * as tf from '@tensorflow/tfjs-core';
import { buildTrainStep, type OptimiserOptions } from '../step/train-step.ts';
import type { Engine, TrainState } from './engine.ts';
import { createCompiledEngine } from './onnxruntime-engine.ts';
import { activateTfjsBackend } from './tfjs-backend.ts';
import { createEagerEngine } from './tfjs-engine.ts';

/** What an engine needs to know. */
export interface EngineOptions {
  /** `onnxruntime`: compiled; `tfjs`: eager. */
  kind: 'onnxruntime' | 'tfjs';
  model: MfmModel;
  initial: TrainState;
  optimiser: OptimiserOptions;
  batch: { batchSize: number; imageSize: number };
  accumulationSteps: number;
  /** `cpu`, `webgpu`, `cuda:0` for the compiled engine; `tensorflow`, `wasm`, `cpu` for the eager one; or `auto`. */
  device: string;
  threads?: number | undefined;
  /** Prefix of ONNX Runtime's profile (compiled engine). */
  profile?: string | undefined;
}

/** The MFM training step for a model, batch size and optimiser. */
export function buildMfmStep({
  model,
  optimiser,
  batch,
  accumulationSteps,
}: Pick<EngineOptions, 'model' | 'optimiser' | 'batch' | 'accumulationSteps'>) {
  const { batchSize, imageSize } = batch;
  return buildTrainStep({
    loss: (parameters, inputs) =>
      model.loss(parameters, {
        pixels: inputs.pixels as tf.Tensor4D,
        mask: tf.cast(inputs.mask!, 'float32') as tf.Tensor3D,
      }).loss,
    trainable: model.parameters.filter(({ trainable }) => trainable),
    fixed: model.parameters.filter(({ trainable }) => !trainable),
    batch: {
      pixels: { shape: [batchSize, imageSize, imageSize, 3], dtype: 'uint8' },
      mask: { shape: [batchSize, imageSize, imageSize], dtype: 'uint8' },
    },
    optimiser,
    accumulationSteps,
  });
}

/**
 * Makes the engine that runs a model's training step.
 *
 * @throws UserError when the device or backend cannot be had
 */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const step = buildMfmStep(options);
  if (options.kind === 'onnxruntime') {
    const device = options.device === 'auto' ? 'cpu' : options.device;
    return createCompiledEngine(step, options.initial, { ...options, device });
  }
  const backend = await activateTfjsBackend(options.device);
  return createEagerEngine(step, options.initial, backend, options.accumulationSteps);
}
