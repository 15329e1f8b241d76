import { readFile } from 'node:fs/promises';
import { UserError } from '@mfm/cli';
import { findPreset } from '../presets/presets.ts';
import type { FinetuneConfig } from './finetune-config.ts';
import { isJsonObject, type JsonObject, mergeConfig, parseOverride } from './override.ts';
import { parseFinetuneConfig, parsePretrainConfig, parseSegmentationConfig } from './parse-config.ts';
import type { PretrainConfig } from './pretrain-config.ts';
import type { SegmentationConfig } from './segmentation-config.ts';
import type { TrainConfig, TrainKind } from './train-config.ts';

/** Where a configuration comes from; later parts win over earlier ones. */
export interface ConfigSources {
  /** What is known before anything else is said: a checkpoint's architecture. */
  base?: JsonObject;
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
function applyLearningRate<C extends TrainConfig>(config: C, lr: number): C {
  const { batchSize, accumulationSteps, schedule } = config;
  const baseLr = (lr * 512) / (batchSize * accumulationSteps);
  const ratio = baseLr / schedule.baseLr;
  const [warmupLr, minLr] = [schedule.warmupLr * ratio, schedule.minLr * ratio];
  return { ...config, schedule: { ...schedule, baseLr, warmupLr, minLr } };
}

/** The command that a kind of training has. */
const COMMANDS: Readonly<Record<TrainKind, string>> = {
  pretrain: 'pnpm train',
  finetune: 'pnpm train finetune',
  segmentation: 'pnpm train segmentation',
};

/** @throws UserError when what was named configures another kind of training */
function requireKind(kind: TrainKind, config: JsonObject, option: string, name: string): void {
  const { kind: actual = 'pretrain' } = config;
  if (actual === kind) return;
  const command = (typeof actual === 'string' && COMMANDS[actual as TrainKind]) || 'another command';
  throw new UserError(
    `${option}: must be of kind "${kind}", got "${name}" of kind ${JSON.stringify(actual)}. Use ${command}.`,
  );
}

async function mergeSources(kind: TrainKind, sources: ConfigSources): Promise<{ merged: JsonObject; source: string }> {
  const { preset, file, base, options = {}, overrides = [] } = sources;
  if (preset === undefined && file === undefined && base === undefined) {
    throw new UserError('train: must be told what to train. Pass --preset (see --list-presets) or --config.');
  }
  const fromPreset = preset === undefined ? {} : { preset, ...(findPreset(preset).config as JsonObject) };
  const fromFile = file === undefined ? {} : await readJsonObject(file, '--config');
  if (preset !== undefined) requireKind(kind, fromPreset, '--preset', preset);
  if (file !== undefined) requireKind(kind, fromFile, '--config', file);
  // Overrides among themselves first: their order does not matter where one changes what an object is.
  const over = overrides.map(parseOverride).reduce<JsonObject>(mergeConfig, {});
  const merged = [fromPreset, fromFile, options, over].reduce<JsonObject>(mergeConfig, base ?? {});
  return {
    merged: { ...merged, kind },
    source: [preset, file].filter((part) => part !== undefined).join(' + ') || 'checkpoint and options',
  };
}

/**
 * Puts a pre-training configuration together: preset, then file, then options, then overrides.
 *
 * @throws UserError for an unknown preset or key (the nearest name is offered), an unusable file or value
 */
export async function resolveConfig(sources: ConfigSources): Promise<PretrainConfig> {
  const { merged, source } = await mergeSources('pretrain', sources);
  const config = parsePretrainConfig(merged, source);
  return sources.lr === undefined ? config : applyLearningRate(config, sources.lr);
}

/** The same for fine-tuning. */
export async function resolveFinetuneConfig(sources: ConfigSources): Promise<FinetuneConfig> {
  const { merged, source } = await mergeSources('finetune', sources);
  const config = parseFinetuneConfig(merged, source);
  return sources.lr === undefined ? config : applyLearningRate(config, sources.lr);
}

/** The same for a segmenter. */
export async function resolveSegmentationConfig(sources: ConfigSources): Promise<SegmentationConfig> {
  const { merged, source } = await mergeSources('segmentation', sources);
  const config = parseSegmentationConfig(merged, source);
  return sources.lr === undefined ? config : applyLearningRate(config, sources.lr);
}
