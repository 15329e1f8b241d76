import { UserError } from '@mfm/cli';
import type { HostParameter } from '../parameters/init-parameters.ts';
import type { ParameterSpec } from '../parameters/parameter-spec.ts';
import { resolveCheckpoint } from './checkpoint-path.ts';
import { readSafetensors } from './read-safetensors.ts';
import type { SafetensorsTensor } from './safetensors-type.ts';
import { writeSafetensors } from './write-safetensors.ts';

/** What `metadata.format` says in this project's checkpoints. */
export const FORMAT = 'mfm-checkpoint';

/** Named tensors on the host. */
export type HostParameters = Record<string, HostParameter>;

/** AdamW's moments by parameter name. */
export interface OptimizerState {
  readonly expAvg: HostParameters;
  readonly expAvgSq: HostParameters;
}

/** A training state, whole. */
export interface Checkpoint {
  /** The resolved configuration of the run, as JSON. */
  readonly config: unknown;
  /** Parameters by their PyTorch names. */
  readonly model: HostParameters;
  readonly optimizer?: OptimizerState;
  /** Moving average of parameters and running statistics, where the run keeps one. */
  readonly ema?: HostParameters;
  /** Optimiser steps made. */
  readonly step: number;
  /** Whole epochs done. */
  readonly epoch: number;
  readonly seed: number;
  /** Mean and standard deviation, per channel, of images in [0, 1]. */
  readonly normalisation?: { mean: readonly number[]; std: readonly number[] };
  /** What wrote it: name → version. */
  readonly versions?: Readonly<Record<string, string>>;
}

/** The name of each group's tensors in the file begins so. */
const PREFIXES = {
  model: 'model.',
  expAvg: 'optimizer.exp_avg.',
  expAvgSq: 'optimizer.exp_avg_sq.',
  ema: 'ema.',
} as const;

type Group = keyof typeof PREFIXES;

const prefixed = (group: Group, tensors: HostParameters): [string, SafetensorsTensor][] =>
  Object.entries(tensors).map(([name, tensor]) => [`${PREFIXES[group]}${name}`, tensor]);

/** Writes a checkpoint as one safetensors file, whole or not at all. Equal states give equal bytes. */
export async function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  const { model, optimizer, ema, config, step, epoch, seed, normalisation, versions } = checkpoint;
  const tensors = Object.fromEntries([
    ...prefixed('model', model),
    ...prefixed('expAvg', optimizer?.expAvg ?? {}),
    ...prefixed('expAvgSq', optimizer?.expAvgSq ?? {}),
    ...prefixed('ema', ema ?? {}),
  ]);
  const values = { config, step, epoch, seed, normalisation, versions };
  const metadata = Object.entries(values).filter(([, value]) => value !== undefined);
  const texts = metadata.map(([key, value]) => [key, JSON.stringify(value)]);
  await writeSafetensors(path, tensors, { format: FORMAT, ...Object.fromEntries(texts) });
}

/** Far more than a configuration has. What is deeper could not be walked or written again. */
const MAX_DEPTH = 32;

function isShallow(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth < MAX_DEPTH && Object.values(value).every((child) => isShallow(child, depth + 1));
}

/** What a damaged file says, fit for one line of a message. */
const quote = (text: string | undefined): string =>
  text !== undefined && /^[\w.+-]{1,100}$/.test(text) ? text : JSON.stringify(text?.slice(0, 100));

function parseValue(path: string, metadata: Record<string, string>, key: string): unknown {
  try {
    const value: unknown = JSON.parse(metadata[key] ?? 'null');
    if (isShallow(value)) return value;
  } catch {
    // Told below.
  }
  throw new UserError(
    `readCheckpoint: ${path}: its "${key}" must be JSON of at most ${MAX_DEPTH} levels, and is not. The file is damaged.`,
  );
}

function parseCount(path: string, metadata: Record<string, string>, key: string): number {
  const value = parseValue(path, metadata, key);
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw new UserError(
    `readCheckpoint: ${path}: its "${key}" must be a count, got ${quote(metadata[key])}. The file is damaged.`,
  );
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isPerChannel = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length === 3 && value.every(Number.isFinite);

const isNormalisation = (value: unknown): value is NonNullable<Checkpoint['normalisation']> =>
  isRecord(value) && isPerChannel(value.mean) && isPerChannel(value.std);

const isTexts = (value: unknown): value is Record<string, string> =>
  isRecord(value) && Object.values(value).every((text) => typeof text === 'string');

function parseObject<T>(
  path: string,
  metadata: Record<string, string>,
  key: string,
  fits: (value: unknown) => value is T,
): T | undefined {
  const value = parseValue(path, metadata, key);
  if (value === null) return undefined;
  if (fits(value)) return value;
  throw new UserError(
    `readCheckpoint: ${path}: its "${key}" must be an object of the right form, got ${quote(metadata[key])}. The file is damaged.`,
  );
}

/**
 * Reads a checkpoint.
 *
 * @param path a file, or a run directory: its newest checkpoint
 * @returns the checkpoint, and the file it was read from
 * @throws UserError when there is none, when it is truncated or damaged, or not a checkpoint of this project
 */
export async function readCheckpoint(path: string): Promise<Checkpoint & { readonly path: string }> {
  const file = await resolveCheckpoint(path);
  const { tensors, metadata } = await readSafetensors(file);
  if (metadata.format !== FORMAT) {
    const got = metadata.format === undefined ? 'none' : JSON.stringify(metadata.format.slice(0, 100));
    throw new UserError(
      `readCheckpoint: ${file}: must be a checkpoint of this project (format "${FORMAT}"), got format ${got}.`,
    );
  }
  const group = (prefix: string): HostParameters =>
    Object.fromEntries(
      Object.entries(tensors)
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, { shape, data }]) => {
          if (data instanceof Float32Array) return [name.slice(prefix.length), { shape, data }];
          throw new UserError(
            `readCheckpoint: ${file}: tensor ${JSON.stringify(name.slice(0, 100))} must be float32. The file is damaged.`,
          );
        }),
    );
  const [expAvg, expAvgSq, ema] = [group(PREFIXES.expAvg), group(PREFIXES.expAvgSq), group(PREFIXES.ema)];
  const normalisation = parseObject(file, metadata, 'normalisation', isNormalisation);
  const versions = parseObject(file, metadata, 'versions', isTexts);
  return {
    path: file,
    config: parseValue(file, metadata, 'config'),
    model: group(PREFIXES.model),
    ...(Object.keys(expAvg).length > 0 && { optimizer: { expAvg, expAvgSq } }),
    ...(Object.keys(ema).length > 0 && { ema }),
    step: parseCount(file, metadata, 'step'),
    epoch: parseCount(file, metadata, 'epoch'),
    seed: parseCount(file, metadata, 'seed'),
    ...(normalisation && { normalisation }),
    ...(versions && { versions }),
  };
}

/** How many names a message lists before it counts the rest. */
const LISTED = 3;

/** Names of models are printed as they are; a damaged file's may hold anything. */
const printable = (name: string): string =>
  /^[\x20-\x7e]{1,200}$/.test(name) ? name : JSON.stringify(name.slice(0, 100));

function listNames(what: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : '';
  return [`${what} ${names.slice(0, LISTED).map(printable).join(', ')}${more}`];
}

/**
 * Checks that tensors are the parameters of a model: all of them, no others, of the same shapes.
 *
 * @param source the file's name, for the message
 * @throws UserError listing the first parameters missing, unexpected and of another shape
 */
export function checkParameters(source: string, tensors: HostParameters, specs: readonly ParameterSpec[]): void {
  const known = new Map(specs.map((spec) => [spec.name, spec.shape]));
  const names = Object.keys(tensors);
  const mismatched = names.flatMap((name) => {
    const [shape, expected] = [tensors[name]!.shape, known.get(name)];
    if (expected === undefined || shape.join() === expected.join()) return [];
    return [`${name} [${shape}] instead of [${expected}]`];
  });
  const problems = [
    ...listNames(
      'missing',
      [...known.keys()].filter((name) => !Object.hasOwn(tensors, name)),
    ),
    ...listNames(
      'unexpected',
      names.filter((name) => !known.has(name)),
    ),
    ...listNames('of another shape', mismatched),
  ];
  if (problems.length > 0) {
    throw new UserError(
      `checkParameters: ${source}: must be a checkpoint of this model, got another's: ${problems.join('; ')}. ` +
        'Use the configuration it was trained with.',
    );
  }
}
