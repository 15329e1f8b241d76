import { createRequire } from 'node:module';
import { UserError } from '@mfm/cli';
import {
  checkParameters,
  type HostParameters,
  initParameters,
  type ParameterSpec,
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

/**
 * The state before the first step: initialised parameters, zero moments.
 *
 * @param given values that replace initial ones, by name
 */
export function initialState(
  specs: readonly ParameterSpec[],
  seed: number,
  given: Readonly<Record<string, Float32Array>> = {},
): TrainState {
  const { expAvg, expAvgSq } = blankState(
    specs.filter(({ trainable }) => trainable),
    0,
  );
  const missing = specs.filter(({ name }) => !Object.hasOwn(given, name));
  const initial = mapValues(initParameters(missing, seed), ({ data }) => data);
  // In the model's order, whichever way they came.
  const parameters = Object.fromEntries(specs.map(({ name }) => [name, (given[name] ?? initial[name])!]));
  return { parameters, expAvg, expAvgSq, step: 0 };
}

/** A state of the right shapes that another process's is to be written over: all zeros. */
export function blankState(specs: readonly ParameterSpec[], step: number): TrainState {
  const zeros = (list: readonly ParameterSpec[]): Arrays =>
    Object.fromEntries(
      list.map(({ name, shape }) => [name, new Float32Array(shape.reduce((size, length) => size * length, 1))]),
    );
  const trainable = specs.filter((spec) => spec.trainable);
  return { parameters: zeros(specs), expAvg: zeros(trainable), expAvgSq: zeros(trainable), step };
}

/**
 * Writes a checkpoint: state, position, configuration. Nothing in it depends on time or folder, so that a resumed run writes the same
 * bytes as an uninterrupted one.
 */
export async function saveState(
  path: string,
  specs: readonly ParameterSpec[],
  config: TrainConfig,
  state: TrainState,
  epoch: number,
): Promise<void> {
  const shapes = new Map(specs.map(({ name, shape }) => [name, shape]));
  const tensors = (arrays: Arrays): HostParameters =>
    mapValues(arrays, (data, name) => ({ shape: shapes.get(name) ?? [data.length], data }));
  await writeCheckpoint(path, {
    config,
    model: tensors(state.parameters),
    optimizer: { expAvg: tensors(state.expAvg), expAvgSq: tensors(state.expAvgSq) },
    ...(state.ema && { ema: tensors(state.ema) }),
    step: state.step,
    epoch,
    seed: config.seed,
    normalisation: { mean: config.model.mean, std: config.model.std },
    versions: { mfm: ownPackage.version },
  });
}

/** Reads the state that `saveState` wrote; @throws UserError for a damaged file, or the checkpoint of another model */
export async function loadState(path: string, specs: readonly ParameterSpec[]): Promise<TrainState> {
  const { model: parameters, optimizer, ema, step } = await readCheckpoint(path);
  if (!optimizer) {
    throw new UserError(
      `checkpoint "${path}": must hold the optimiser's state, got parameters only. It cannot be resumed.`,
    );
  }
  const trainable = specs.filter((spec) => spec.trainable);
  checkParameters(path, parameters, specs);
  checkParameters(path, optimizer.expAvg, trainable);
  checkParameters(path, optimizer.expAvgSq, trainable);
  const arrays = (tensors: HostParameters) => mapValues(tensors, ({ data }) => data);
  const { expAvg, expAvgSq } = optimizer;
  const averages = ema && { ema: arrays(ema) };
  return { parameters: arrays(parameters), expAvg: arrays(expAvg), expAvgSq: arrays(expAvgSq), ...averages, step };
}
