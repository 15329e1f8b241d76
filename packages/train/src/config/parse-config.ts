import { didYouMean, UserError } from '@mfm/cli';
import { parseDevice } from '@mfm/onnx';
import { z } from 'zod';
import type { FinetuneConfig } from './finetune-config.ts';
import { isJsonObject } from './override.ts';
import { type PretrainConfig, pretrainOptimiserSchema } from './pretrain-config.ts';
import type { SegmentationConfig } from './segmentation-config.ts';
import { SCHEMAS, type TrainConfig, type TrainKind } from './train-config.ts';

/** Names that the schema has at a path; empty where the path leads to no object of named keys. */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[], input: unknown): string[] {
  let current: unknown = chooseOption(unwrap(schema), input);
  let value = input;
  for (const key of path) {
    value = (value as Record<PropertyKey, unknown> | undefined)?.[key];
    current = current instanceof z.ZodObject ? chooseOption(unwrap(current.shape[String(key)]), value) : undefined;
  }
  return current instanceof z.ZodObject ? Object.keys(current.shape) : [];
}

/** Of alternatives, the one that the input says it is. */
function chooseOption(schema: unknown, input: unknown): unknown {
  if (!(schema instanceof z.ZodDiscriminatedUnion)) return schema;
  const { discriminator } = schema.def;
  const named = (input as Record<string, unknown> | undefined)?.[discriminator];
  return schema.options.find(
    (option) => option instanceof z.ZodObject && option.shape[discriminator]?.safeParse(named).success,
  );
}

/** The schema below defaults and optionals. */
function unwrap(schema: unknown): unknown {
  let current = schema;
  while (current instanceof z.ZodDefault || current instanceof z.ZodPrefault || current instanceof z.ZodOptional) {
    current = current.unwrap();
  }
  return current;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], input);
}

type Issue = z.core.$ZodIssue;

/** Longest piece of a configuration that a message shows. */
const MAX_SHOWN = 200;

/** A value in a message: on one line, and no longer than one. */
function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  let text: string;
  try {
    text = JSON.stringify(value);
  } catch {
    // Nested deeper than the stack bears.
    return 'a value nested too deep';
  }
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

function describeIssue(issue: Issue, input: unknown, schema: z.ZodType): string {
  const path = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0]!.slice(0, MAX_SHOWN);
    const known = knownKeys(schema, issue.path, input);
    // As JSON: a line break in a key must not break the message's line.
    return `unknown key ${JSON.stringify(path === '' ? key : `${path}.${key}`)}${didYouMean(key, known)}`;
  }
  const value = valueAt(input, issue.path);
  if (value === undefined && /^data(\.path)?$/.test(path)) {
    return 'data.path: must name the images to train on, got nothing. Pass --data <path> or --data synthetic.';
  }
  // Zod's "Too small: expected number to be >0", "Invalid input: expected string, received number".
  const rule = issue.message.replace(/^[A-Z][a-z ]+: /, '').replace(/, received .*$/, '');
  const got = show(value);
  return `${path === '' ? 'the configuration' : path}: ${rule}, got ${got}. Correct it with --set or in the configuration file.`;
}

type Condition<C> = (config: C) => string | false;

/** What is wrong with the name of a device. */
function deviceProblem(device: string): string | false {
  try {
    parseDevice(device);
    return false;
  } catch (error) {
    return (error as UserError).message;
  }
}

/** Conditions between values of any kind of training, each with what to say when it does not hold. */
const CONDITIONS: readonly Condition<TrainConfig>[] = [
  ({ engine, device }) => engine === 'onnxruntime' && device !== 'auto' && deviceProblem(device),
  ({ data }) =>
    'cropScale' in data &&
    (data.cropScale[0] <= 0 || data.cropScale[0] > data.cropScale[1]) &&
    `data.cropScale: must be a range in (0, 1], got [${data.cropScale.join(', ')}].`,
  ({ schedule, epochs, ...config }) =>
    (!('steps' in config) || config.steps === null) &&
    schedule.warmupEpochs > epochs &&
    `schedule.warmupEpochs: must be at most epochs (${epochs}), got ${schedule.warmupEpochs}. ` +
      `Add --set schedule.warmupEpochs=${Number((epochs * 0.07).toFixed(2))}`,
];

const PRETRAIN_CONDITIONS: readonly Condition<PretrainConfig>[] = [
  ({ model: { task } }) =>
    task.filter === 'mfm' &&
    task.maskRadius1 >= task.maskRadius2 &&
    `model.task.maskRadius1: must be below maskRadius2 (${task.maskRadius2}), got ${task.maskRadius1}.`,
  ({ model: { task } }) =>
    task.filter === 'deblur' &&
    task.kernelList.length !== task.kernelProb.length &&
    `model.task.kernelProb: must have a number for each of kernelList (${task.kernelList.length}), got ${task.kernelProb.length}.`,
  ({ model: { task } }) =>
    task.filter === 'denoise' &&
    task.noise.length !== task.noiseProb.length &&
    `model.task.noiseProb: must have a number for each of noise (${task.noise.length}), got ${task.noiseProb.length}.`,
];

const FINETUNE_CONDITIONS: readonly Condition<FinetuneConfig>[] = [
  ({ batchSize, augmentation: { mixup, cutmix } }) =>
    batchSize % 2 === 1 &&
    mixup + cutmix > 0 &&
    `batchSize: must be even to mix images, got ${batchSize}. Add --batch-size ${batchSize + 1}, or turn mixing off with ` +
      '--set augmentation.mixup=0 --set augmentation.cutmix=0',
];

const SEGMENTATION_CONDITIONS: readonly Condition<SegmentationConfig>[] = [
  ({ data: { ratioRange } }) =>
    ratioRange[0] > ratioRange[1] && `data.ratioRange: must be a range above 0, got [${ratioRange.join(', ')}].`,
  ({ data: { fit } }) =>
    fit !== null && fit.short > fit.long && `data.fit: short must be at most long (${fit.long}), got ${fit.short}.`,
  ({ steps, schedule: { warmupSteps } }) =>
    steps !== null &&
    warmupSteps !== null &&
    warmupSteps > steps &&
    `schedule.warmupSteps: must be at most steps (${steps}), got ${warmupSteps}. ` +
      `Add --set schedule.warmupSteps=${Math.floor(steps / 100)}`,
  ({ evaluation: { stride }, model: { imageSize } }) =>
    stride !== null &&
    stride > imageSize &&
    `evaluation.stride: must be at most model.imageSize (${imageSize}), got ${stride}.`,
];

function isKind(value: unknown): value is TrainKind {
  return typeof value === 'string' && Object.hasOwn(SCHEMAS, value);
}

function parseBy<T>(schema: z.ZodType<T>, input: unknown, source: string): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  // An unknown key explains a missing one: report it first.
  const issues = result.error.issues;
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]!;
  throw new UserError(`configuration (${source}): ${describeIssue(issue, input, schema)}`);
}

function parse<C extends TrainConfig>(
  schema: z.ZodType<C>,
  conditions: readonly Condition<C>[],
  input: unknown,
  source: string,
): C {
  const config = parseBy(schema, input, source);
  for (const condition of [...CONDITIONS, ...conditions]) {
    const message = condition(config);
    if (message !== false) throw new UserError(`configuration (${source}): ${message}`);
  }
  return config;
}

/** The optimiser's part of a pre-training configuration alone, with the official values for what is left out. */
export const parsePretrainOptimiser = (input: unknown, source: string): PretrainConfig['optimiser'] =>
  parseBy(pretrainOptimiserSchema, input, source);

/**
 * Checks a pre-training configuration and fills in the defaults.
 *
 * @param input what was read and merged
 * @param source named in messages: a file, `preset vit_…`
 * @throws UserError with one line that names the key; for an unknown key the nearest known one is offered
 */
export const parsePretrainConfig = (input: unknown, source: string): PretrainConfig =>
  parse(SCHEMAS.pretrain, PRETRAIN_CONDITIONS, input, source);

/** The same for a fine-tuning configuration. */
export const parseFinetuneConfig = (input: unknown, source: string): FinetuneConfig =>
  parse(SCHEMAS.finetune, FINETUNE_CONDITIONS, input, source);

/** The same for the training of a segmenter. */
export const parseSegmentationConfig = (input: unknown, source: string): SegmentationConfig =>
  parse(SCHEMAS.segmentation, SEGMENTATION_CONDITIONS, input, source);

const PARSERS: Readonly<Record<TrainKind, (input: unknown, source: string) => TrainConfig>> = {
  pretrain: parsePretrainConfig,
  finetune: parseFinetuneConfig,
  segmentation: parseSegmentationConfig,
};

/** The same for any kind of training, whichever `kind` names; pre-training without it. */
export function parseTrainConfig(input: unknown, source: string): TrainConfig {
  const kind = isJsonObject(input) && input.kind !== undefined ? input.kind : 'pretrain';
  if (isKind(kind)) return PARSERS[kind](input, source);
  const known = Object.keys(SCHEMAS);
  // An object from JSON may have a toString of its own that is no function.
  const name = typeof kind === 'string' ? kind : '';
  throw new UserError(`configuration (${source}): unknown kind ${JSON.stringify(kind)}${didYouMean(name, known)}`);
}
