import { UserError } from '@mfm/cli';
import type { HostParameter } from '../parameters/init-parameters.ts';
import type { ParameterSpec } from '../parameters/parameter-spec.ts';
import { resolveCheckpoint } from './checkpoint-path.ts';
import { readSafetensors } from './read-safetensors.ts';
import type { SafetensorsTensor } from './safetensors-type.ts';
import { writeSafetensors } from './write-safetensors.ts';

/** What `metadata.format` says in this project's checkpoints. */
const FORMAT = 'mfm-checkpoint';

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
const PREFIXES = { model: 'model.', expAvg: 'optimizer.exp_avg.', expAvgSq: 'optimizer.exp_avg_sq.' } as const;

type Group = keyof typeof PREFIXES;

const prefixed = (group: Group, tensors: HostParameters): [string, SafetensorsTensor][] =>
  Object.entries(tensors).map(([name, tensor]) => [`${PREFIXES[group]}${name}`, tensor]);

/** Writes a checkpoint as one safetensors file, whole or not at all. Equal states give equal bytes. */
export async function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  const { model, optimizer, config, step, epoch, seed, normalisation, versions } = checkpoint;
  const tensors = Object.fromEntries([
    ...prefixed('model', model),
    ...prefixed('expAvg', optimizer?.expAvg ?? {}),
    ...prefixed('expAvgSq', optimizer?.expAvgSq ?? {}),
  ]);
  const values = { config, step, epoch, seed, normalisation, versions };
  const metadata = Object.entries(values).filter(([, value]) => value !== undefined);
  const texts = metadata.map(([key, value]) => [key, JSON.stringify(value)]);
  await writeSafetensors(path, tensors, { format: FORMAT, ...Object.fromEntries(texts) });
}

function parseValue(path: string, metadata: Record<string, string>, key: string): unknown {
  try {
    return JSON.parse(metadata[key] ?? 'null');
  } catch {
    throw new UserError(`readCheckpoint: ${path}: its "${key}" must be JSON, and is not. The file is damaged.`);
  }
}

function parseCount(path: string, metadata: Record<string, string>, key: string): number {
  const value = parseValue(path, metadata, key);
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw new UserError(
    `readCheckpoint: ${path}: its "${key}" must be a count, got ${metadata[key]}. The file is damaged.`,
  );
}

function parseObject<T>(path: string, metadata: Record<string, string>, key: string): T | undefined {
  const value = parseValue(path, metadata, key);
  if (value === null) return undefined;
  if (typeof value === 'object') return value as T;
  throw new UserError(
    `readCheckpoint: ${path}: its "${key}" must be an object, got ${metadata[key]}. The file is damaged.`,
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
    const got = metadata.format === undefined ? 'none' : JSON.stringify(metadata.format);
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
          throw new UserError(`readCheckpoint: ${file}: tensor "${name}" must be float32. The file is damaged.`);
        }),
    );
  const [expAvg, expAvgSq] = [group(PREFIXES.expAvg), group(PREFIXES.expAvgSq)];
  const normalisation = parseObject<Checkpoint['normalisation']>(file, metadata, 'normalisation');
  const versions = parseObject<Record<string, string>>(file, metadata, 'versions');
  return {
    path: file,
    config: parseValue(file, metadata, 'config'),
    model: group(PREFIXES.model),
    ...(Object.keys(expAvg).length > 0 && { optimizer: { expAvg, expAvgSq } }),
    step: parseCount(file, metadata, 'step'),
    epoch: parseCount(file, metadata, 'epoch'),
    seed: parseCount(file, metadata, 'seed'),
    ...(normalisation && { normalisation }),
    ...(versions && { versions }),
  };
}

/** How many names a message lists before it counts the rest. */
const LISTED = 3;

function listNames(what: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : '';
  return [`${what} ${names.slice(0, LISTED).join(', ')}${more}`];
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
