import { createRequire } from 'node:module';
import { UserError } from '@mfm/cli';
import {
  checkParameters,
  type HostParameters,
  initParameters,
  type MfmModel,
  readCheckpoint,
  writeCheckpoint,
} from '@mfm/models';
import type { TrainConfig } from '../config/train-config.ts';
import type { TrainState } from '../engine/engine.ts';

type Arrays = Record<string, Float32Array>;

const ownPackage: { version: string } = createRequire(import.meta.url)('../../package.json');

function mapValues<A, B>(record: Readonly<Record<string, A>>, fn: (value: A, name: string) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, fn(value, name)]));
}

/** The state before the first step: initialised parameters, zero moments. */
export function initialState(model: MfmModel, seed: number): TrainState {
  const trainable = model.parameters.filter(({ trainable }) => trainable);
  const zeros = (): Arrays =>
    Object.fromEntries(
      trainable.map(({ name, shape }) => [name, new Float32Array(shape.reduce((size, length) => size * length, 1))]),
    );
  const parameters = mapValues(initParameters(model.parameters, seed), ({ data }) => data);
  return { parameters, expAvg: zeros(), expAvgSq: zeros(), step: 0 };
}

/**
 * Writes a checkpoint: state, position, configuration. Nothing in it depends on time or folder, so that a resumed run writes the same
 * bytes as an uninterrupted one.
 */
export async function saveState(
  path: string,
  model: MfmModel,
  config: TrainConfig,
  state: TrainState,
  epoch: number,
): Promise<void> {
  const shapes = new Map(model.parameters.map(({ name, shape }) => [name, shape]));
  const tensors = (arrays: Arrays): HostParameters =>
    mapValues(arrays, (data, name) => ({ shape: shapes.get(name) ?? [data.length], data }));
  await writeCheckpoint(path, {
    config,
    model: tensors(state.parameters),
    optimizer: { expAvg: tensors(state.expAvg), expAvgSq: tensors(state.expAvgSq) },
    step: state.step,
    epoch,
    seed: config.seed,
    normalisation: { mean: config.model.mean, std: config.model.std },
    versions: { mfm: ownPackage.version },
  });
}

/** Reads the state that `saveState` wrote; @throws UserError for a damaged file, or the checkpoint of another model */
export async function loadState(path: string, model: MfmModel): Promise<TrainState> {
  const { model: parameters, optimizer, step } = await readCheckpoint(path);
  if (!optimizer) {
    throw new UserError(
      `checkpoint "${path}": must hold the optimiser's state, got parameters only. It cannot be resumed.`,
    );
  }
  const trainable = model.parameters.filter((spec) => spec.trainable);
  checkParameters(path, parameters, model.parameters);
  checkParameters(path, optimizer.expAvg, trainable);
  checkParameters(path, optimizer.expAvgSq, trainable);
  const arrays = (tensors: HostParameters) => mapValues(tensors, ({ data }) => data);
  const { expAvg, expAvgSq } = optimizer;
  return { parameters: arrays(parameters), expAvg: arrays(expAvg), expAvgSq: arrays(expAvgSq), step };
}
