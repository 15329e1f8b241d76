import { buildPretext, frequencyMask, isDecayed, type PretextModel } from '@mfm/models';
import {
  buildPretrainStep,
  type EngineBatch,
  findPreset,
  initialState,
  type PretrainConfig,
  parsePretrainConfig,
  singleRate,
  type TrainState,
  type TrainStep,
} from '@mfm/train';

/** A preset's training step, ready for an engine. */
export interface PresetStep {
  readonly config: PretrainConfig;
  readonly step: TrainStep;
  readonly initial: TrainState;
  /** Numbers that are trained. */
  readonly parameters: number;
  /** Random pixels, and what else the task's batch holds. */
  readonly batch: EngineBatch;
}

/** Random pixels, and what else the task's batch holds: low-pass masks, or degraded images. */
function randomBatch(model: PretextModel, batchSize: number): EngineBatch {
  const { imageSize, task } = model.config;
  const lowPass = frequencyMask(imageSize, task.filter === 'mfm' ? task.maskRadius1 : imageSize / 14);
  const byte = (i: number) => (i * 2654435761) >>> 24;
  return Object.fromEntries(
    Object.entries(model.batch(batchSize)).map(([name, { shape, dtype }]) => {
      const length = shape.reduce((product, side) => product * side, 1);
      if (dtype !== 'uint8') return [name, Float32Array.from({ length }, (_, i) => byte(i) / 255)];
      if (name === 'pixels') return [name, Uint8Array.from({ length }, (_, i) => byte(i))];
      return [name, new Uint8Array(length).map((_, i) => lowPass[i % lowPass.length]!)];
    }),
  );
}

/**
 * A preset's whole configuration.
 *
 * @throws UserError for a preset that is not known
 */
export function presetConfig(preset: string): PretrainConfig {
  const { config } = findPreset(preset);
  return parsePretrainConfig({ ...config, data: { ...config.data, path: 'synthetic' } }, preset);
}

/**
 * Makes a preset's step of so many images, with random images.
 *
 * @throws UserError for a preset that is not known
 */
export function presetStep(preset: string, batchSize: number): PresetStep {
  const config = presetConfig(preset);
  const model = buildPretext(config.model);
  const clipGrad = config.optimiser.clipGrad ?? Number.POSITIVE_INFINITY;
  const optimiser = { ...config.optimiser, clipGrad, group: singleRate(isDecayed) };
  const step = buildPretrainStep({ model, batchSize, optimiser, accumulationSteps: 1 });
  const initial = initialState(model.parameters, 0);
  const parameters = Object.values(initial.parameters).reduce((sum, { length }) => sum + length, 0);
  return { config, step, initial, parameters, batch: randomBatch(model, batchSize) };
}
