import { UserError } from '@mfm/cli';
import { createLoader, type Dataset, type Loader, openDataset, trainTransform } from '@mfm/data';
import { buildMfm, isDecayed, type MfmModel } from '@mfm/models';
import type { TrainConfig } from '../config/train-config.ts';
import { createEngine } from '../engine/create-engine.ts';
import type { Engine, TrainState } from '../engine/engine.ts';
import { type Plan, planRun } from './plan.ts';
import { initialState, loadState } from './train-state.ts';

/** Everything that is open while a run is under way. */
export interface RunParts {
  model: MfmModel;
  dataset: Dataset;
  loader: Loader;
  plan: Plan;
  engine: Engine;
  /** Steps that are done already. */
  startStep: number;
  close(): Promise<void>;
}

async function openData(config: TrainConfig): Promise<Dataset> {
  const { path, split, skipBad } = config.data;
  const { imageSize } = config.model;
  return openDataset(path, { skipBad, imageSize, ...(split !== undefined && { split }) });
}

function openLoader(config: TrainConfig, dataset: Dataset): Loader {
  const { batchSize, seed, data, model } = config;
  return createLoader(dataset, {
    ...{ batchSize, seed, shuffle: true, dropLast: true },
    transform: trainTransform(model.imageSize, { scale: data.cropScale, flip: data.flip }),
    ...(data.workers !== undefined && { workers: data.workers }),
  });
}

function openEngine(config: TrainConfig, model: MfmModel, initial: TrainState): Promise<Engine> {
  const { engine, optimiser, batchSize, accumulationSteps, device, threads } = config;
  return createEngine({
    ...{ kind: engine, model, initial, accumulationSteps, device, threads },
    optimiser: { ...optimiser, isDecayed },
    batch: { batchSize, imageSize: config.model.imageSize },
  });
}

/**
 * Opens what a run needs, checking all of it; writes nothing.
 *
 * @param checkpoint to go on from; undefined to begin at the first step
 * @throws UserError for unusable data, device or checkpoint
 */
export async function openParts(config: TrainConfig, checkpoint: string | undefined): Promise<RunParts> {
  const model = buildMfm(config.model);
  const state = checkpoint === undefined ? initialState(model, config.seed) : await loadState(checkpoint, model);
  const opened: { close(): Promise<void> }[] = [];
  const close = async () => {
    for (const part of opened.splice(0).reverse()) await part.close();
  };
  try {
    const dataset = await openData(config);
    opened.push(dataset);
    const loader = openLoader(config, dataset);
    opened.push(loader);
    const plan = planRun(config, loader.batchesPerEpoch);
    if (state.step > plan.totalSteps) {
      throw new UserError(
        `--resume: checkpoint "${checkpoint}" must be of a run of ${plan.totalSteps} steps, got step ${state.step}. ` +
          'Correct --data: the number of images has changed.',
      );
    }
    const engine = await openEngine(config, model, state);
    opened.push(engine);
    return { model, dataset, loader, plan, engine, startStep: state.step, close };
  } catch (error) {
    await close();
    throw error;
  }
}
