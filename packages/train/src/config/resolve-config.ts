import { readFile } from 'node:fs/promises';
import { UserError } from '@mfm/cli';
import { findPreset } from '../presets/presets.ts';
import { isJsonObject, type JsonObject, mergeConfig, parseOverride } from './override.ts';
import { parseTrainConfig } from './parse-config.ts';
import type { TrainConfig } from './train-config.ts';

/** Where a configuration comes from; later parts win over earlier ones. */
export interface ConfigSources {
  preset?: string | undefined;
  /** A JSON file; `config.json` of a run is one. */
  file?: string | undefined;
  /** Values of the command's own options, nested as in the configuration; undefined where not given. */
  options?: JsonObject;
  /** `key=value` each, keys dotted. */
  overrides?: readonly string[];
  /** Peak learning rate in force, instead of a rate per 512 images. */
  lr?: number | undefined;
}

/**
 * Reads a JSON file that holds an object.
 *
 * @throws UserError when it cannot be read, or holds something else
 */
export async function readJsonObject(path: string, what: string): Promise<JsonObject> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new UserError(`${what}: must be a readable file, got "${path}" (${(error as NodeJS.ErrnoException).code}).`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = (error as Error).message.replaceAll('\n', ' ');
    throw new UserError(`${what}: must be JSON, got "${path}" (${reason}).`);
  }
  if (!isJsonObject(value)) throw new UserError(`${what}: must be a JSON object, got "${path}" with something else.`);
  return value;
}

/** The rate per 512 images that is `lr` in force; the two other rates keep their ratio to it. */
function applyLearningRate(config: TrainConfig, lr: number): TrainConfig {
  const { batchSize, accumulationSteps, schedule } = config;
  const baseLr = (lr * 512) / (batchSize * accumulationSteps);
  const ratio = baseLr / schedule.baseLr;
  const [warmupLr, minLr] = [schedule.warmupLr * ratio, schedule.minLr * ratio];
  return { ...config, schedule: { ...schedule, baseLr, warmupLr, minLr } };
}

/**
 * Puts a configuration together: preset, then file, then options, then overrides.
 *
 * @throws UserError for an unknown preset or key (the nearest name is offered), an unusable file or value
 */
export async function resolveConfig(sources: ConfigSources): Promise<TrainConfig> {
  const { preset, file, options = {}, overrides = [], lr } = sources;
  if (preset === undefined && file === undefined) {
    throw new UserError('train: must be told what to train. Pass --preset (see --list-presets) or --config.');
  }
  const fromPreset = preset === undefined ? {} : { preset, ...findPreset(preset).config };
  const fromFile = file === undefined ? {} : await readJsonObject(file, '--config');
  const merged = [fromFile, options, ...overrides.map(parseOverride)].reduce<JsonObject>(
    mergeConfig,
    fromPreset as JsonObject,
  );
  const config = parseTrainConfig(merged, [preset, file].filter((source) => source !== undefined).join(' + '));
  return lr === undefined ? config : applyLearningRate(config, lr);
}
