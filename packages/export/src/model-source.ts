import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { UserError } from '@mfm/cli';
import {
  type Checkpoint,
  checkParameters,
  type ForeignOptions,
  initParameters,
  isOwnCheckpoint,
  modelTensors,
  type ParameterSpec,
  type PretextConfig,
  parseModelConfig,
  readCheckpoint,
  readForeignModel,
  resizeModel,
  resolveCheckpoint,
} from '@mfm/models';
import { buildModel, type ModelConfig, type OptimiserSettings } from './built-model.ts';
import type { ModelWithParameters } from './export-model.ts';
import type { DescribedModel } from './named-models.ts';

export interface LoadOptions extends ForeignOptions {
  /** Side of the images in pixels; position tables of a model that was trained at another size are resized. */
  readonly imageSize?: number | undefined;
  /** The checkpoint's moving average of the parameters instead of the last step's. */
  readonly ema?: boolean | undefined;
}

/** SHA-256 of a file, hexadecimal; streamed, so that its size does not matter. */
async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

/** How the run of a configuration trains; undefined where there is only a model. */
function optimiserOf(config: unknown): OptimiserSettings | undefined {
  const { kind = 'pretrain', optimiser } = (config ?? {}) as { kind?: unknown; optimiser?: OptimiserSettings };
  return kind === 'pretrain' ? optimiser : undefined;
}

/** Reads a model's configuration from a JSON file: a run's `config.json`, or the model's part of one. */
export async function readModelConfig(path: string): Promise<DescribedModel> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    throw new UserError(`--config: file must exist and be readable, got "${path}".`);
  }
  try {
    const value: unknown = JSON.parse(text);
    return { config: parseModelConfig(value, path), optimiser: optimiserOf(value) };
  } catch (error) {
    if (error instanceof UserError) throw error;
    const reason = (error as Error).message.replaceAll(/\s+/g, ' ');
    throw new UserError(`--config: "${path}" must be JSON: ${reason}.`);
  }
}

/** Classes of a classifier's checkpoint, whose configuration may leave them to the data. */
function classesOf({ model }: Checkpoint): number | undefined {
  return (model['head.weight'] ?? model['fc.weight'])?.shape[0];
}

/** Batches that were passed forward in training: every step takes as many as gradients are accumulated of. */
function batchesOf({ config, step }: Checkpoint): bigint {
  const { accumulationSteps } = (config ?? {}) as { accumulationSteps?: unknown };
  return BigInt(step) * BigInt(Number.isSafeInteger(accumulationSteps) ? (accumulationSteps as number) : 1);
}

/**
 * The moving average in a checkpoint. Tables that are neither trained nor running statistics are not averaged: they are the model's.
 *
 * @throws UserError when there is none, or it is another model's
 */
function averagedParameters({ path, model, ema }: Checkpoint & { path: string }, specs: readonly ParameterSpec[]) {
  if (ema === undefined) {
    throw new UserError(
      `--ema: ${path}: must hold a moving average, and does not. Leave out --ema, or train with optimiser.emaDecay.`,
    );
  }
  const averaged = specs.filter(({ trainable, statistic }) => trainable || statistic);
  checkParameters(`${path} (moving average)`, ema, averaged);
  return { ...model, ...ema };
}

async function loadOwnModel(path: string, { ema = false }: LoadOptions): Promise<ModelWithParameters> {
  const checkpoint = await readCheckpoint(path);
  const config = parseModelConfig(checkpoint.config, checkpoint.path, classesOf(checkpoint));
  const { parameters, buffers } = modelTensors(config);
  checkParameters(checkpoint.path, checkpoint.model, parameters);
  const { step, epoch } = checkpoint;
  const sha256 = await hashFile(checkpoint.path);
  const counters = buffers.filter(({ kind }) => kind === 'batchesTracked').map(({ name }) => name);
  return {
    config,
    parameters: ema ? averagedParameters(checkpoint, parameters) : checkpoint.model,
    source: { kind: 'checkpoint', sha256, format: 'mfm', ...(ema && { weights: 'ema' }), step, epoch },
    batchesTracked: Object.fromEntries(counters.map((name) => [name, batchesOf(checkpoint)])),
    optimiser: optimiserOf(checkpoint.config),
  };
}

async function loadForeignModel(path: string, { ema, ...options }: LoadOptions): Promise<ModelWithParameters> {
  if (ema) {
    throw new UserError(
      `--ema: ${path}: must be a checkpoint of this project, and is another program's. Leave out --ema.`,
    );
  }
  const { format, config, parameters, batchesTracked, epoch } = await readForeignModel(path, options);
  const sha256 = await hashFile(path);
  const source = { kind: 'checkpoint' as const, sha256, format, ...(epoch !== undefined && { epoch }) };
  return { config, parameters, source, batchesTracked };
}

/**
 * Reads a trained model: of this project, of the official MFM code, of timm or torchvision.
 *
 * @param path a checkpoint file (`.safetensors`, or what `torch.save` wrote), or a run directory: its newest checkpoint
 * @param options what another program's file does not tell, left aside for this project's; which parameters; at what size
 * @throws UserError when there is none, it is damaged, of no known format, or its tensors are not those of its configuration
 */
export async function loadTrainedModel(path: string, options: LoadOptions = {}): Promise<ModelWithParameters> {
  const file = await resolveCheckpoint(path);
  const model = await ((await isOwnCheckpoint(file)) ? loadOwnModel(file, options) : loadForeignModel(file, options));
  const { imageSize } = options;
  const trainedSize = model.config.imageSize;
  if (imageSize === undefined || imageSize === trainedSize) return model;
  const resized = resizeModel(model.config, model.parameters, imageSize);
  return { ...model, ...resized, source: { ...model.source, imageSize: trainedSize } };
}

/** An untrained model with the official initialisation. */
export function initialModel<C extends ModelConfig = PretextConfig>(
  config: C,
  seed: number,
  optimiser?: OptimiserSettings | undefined,
): ModelWithParameters & { config: C } {
  const { parameters } = buildModel(config).tensors;
  return { config, parameters: initParameters([...parameters], seed), source: { kind: 'random', seed }, optimiser };
}
