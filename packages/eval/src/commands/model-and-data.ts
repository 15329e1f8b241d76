import { integerOption, type Progress, startProgress, UserError } from '@mfm/cli';
import { type Dataset, listSplits, openDataset } from '@mfm/data';
import type { ExtractOptions } from '../features/extract-features.ts';
import { openFeatures } from '../features/feature-cache.ts';
import type { FeatureTable } from '../features/feature-table.ts';
import { chooseSubset } from '../features/seeded-subset.ts';
import { openFeatureModel, type VectorModel } from '../model/feature-model.ts';
import type { Command } from './eval-command.ts';
import { type JobArguments, onEvery } from './in-job.ts';
import { type PreprocessingOptions, preprocessingOf, withPreprocessingOptions } from './preprocessing-options.ts';

/** Arguments that every command on a model and a data set takes. */
export interface ModelAndData extends PreprocessingOptions {
  readonly model: string;
  readonly data: string;
  readonly testData?: string;
  readonly feature: string;
  readonly trainLimit?: number;
  readonly testLimit?: number;
  readonly seed: number;
  readonly device: string;
  readonly threads?: number;
  readonly workers?: number;
  readonly skipBad?: boolean;
  readonly cache: boolean;
  readonly cacheDir?: string;
  readonly json?: boolean;
}

/** Declares those arguments. */
export function withModelAndData(command: Command): Command {
  const named = command
    .requiredOption('--model <file>', 'ONNX file that "pnpm export --onnx" wrote, or one like it')
    .requiredOption('--data <spec>', 'data set with the splits train and test: a path, "synthetic" or "synthetic:<n>"');
  return withPreprocessingOptions(withDataOptions(named));
}

/** Declares those of them that do not name the model and the data. */
export function withDataOptions(command: Command): Command {
  return withTestOptions(
    command
      .option(
        '--feature <outputs>',
        "outputs of the model to use, comma-separated ones side by side: mean_pooled, cls_token, 'cls_token_block_*', stage_3, name:mean, name:first",
        'mean_pooled',
      )
      .option('--train-limit <n>', 'use n training images, chosen by the seed', integerOption('--train-limit'))
      .option('--cache-dir <folder>', "where features are kept; default: mfm/features in the user's cache folder")
      .option('--no-cache', 'extract features anew and keep none'),
  );
}

/** Declares those that a command takes which measures a model's own answers. */
export function withImageOptions(command: Command): Command {
  return withTestOptions(
    command
      .requiredOption('--model <file>', 'ONNX file with one image input and scores of classes as an output')
      .requiredOption(
        '--data <spec>',
        'data set: its test split, or all of it where it has no splits; a path, "synthetic" or "synthetic:<n>"',
      ),
  );
}

function withTestOptions(command: Command): Command {
  return command
    .option('--test-data <spec>', 'another data set (or folder of classes) to test on')
    .option('--test-limit <n>', 'use n test images, chosen by the seed', integerOption('--test-limit'))
    .option('--seed <n>', 'keys every choice of images', integerOption('--seed', 0), 0)
    .option('--device <name>', 'cpu, webgpu, cuda or cuda:<n>', 'cpu')
    .option('--threads <n>', 'threads of ONNX Runtime', integerOption('--threads'))
    .option('--workers <n>', 'threads that decode images', integerOption('--workers', 0))
    .option('--skip-bad', 'leave undecodable images out (they are counted)')
    .option('--json', 'print one JSON document');
}

/** The options of a session that the arguments ask for. */
export const sessionOptions = ({ device, threads }: Pick<ModelAndData, 'device' | 'threads'>) => ({
  device,
  ...(threads && { threads }),
});

/** A part of a data set: what is measured. */
export interface Part {
  readonly dataset: Dataset;
  /** Indices of the images to use. */
  readonly subset: Int32Array;
}

/** The class of each image of a part. */
export const labelsOf = ({ dataset, subset }: Part): Int32Array =>
  Int32Array.from(subset, (index) => dataset.labels[index]!);

type Split = 'train' | 'test';

async function openWholeOrSplit(args: ModelAndData, split: Split, imageSize: number): Promise<Dataset> {
  const options = { imageSize, skipBad: args.skipBad ?? false };
  // A separate test set may be one folder of classes, without splits of its own: then all of it is meant.
  if (split === 'test' && args.testData !== undefined) {
    const whole = await openDataset(args.testData, options);
    if (whole.split === undefined || whole.split === 'test') return whole;
    await whole.close();
    return openDataset(args.testData, { ...options, split });
  }
  return openDataset(args.data, { ...options, split });
}

/** Opens a split for a model, cut down to its limit. */
export async function openPart(args: ModelAndData, split: Split, imageSize: number): Promise<Part> {
  const dataset = await openWholeOrSplit(args, split, imageSize);
  const limit = split === 'train' ? args.trainLimit : args.testLimit;
  return { dataset, subset: chooseSubset(dataset.length, limit, args.seed, split) };
}

/** What a command asks of the cache of features. */
export const cacheOptions = ({ cache, cacheDir, device }: ModelAndData) => ({
  ...{ cache, device },
  ...(cacheDir !== undefined && { cacheFolder: cacheDir }),
});

/** Features of an open part, out of the cache or with progress. Close them when done. */
export async function extractPart(
  model: VectorModel,
  { dataset, subset }: Part,
  label: string,
  args: ModelAndData,
  options: Pick<ExtractOptions, 'transform' | 'epoch' | 'seed'> = {},
): Promise<FeatureTable> {
  let progress: Progress | undefined;
  try {
    return await openFeatures(model, dataset, {
      ...{ subset, ...cacheOptions(args), ...options },
      ...(args.workers !== undefined && { workers: args.workers }),
      onProgress(done, total) {
        progress ??= startProgress(`${label} features`, total);
        progress.update(done);
      },
    });
  } finally {
    progress?.stop();
  }
}

type NamedClasses = Pick<Dataset, 'name' | 'classes'>;

/** @throws UserError when the splits do not name the same classes in the same order */
export function requireSameClasses(train: NamedClasses, test: NamedClasses): void {
  if (train.classes.join('\0') === test.classes.join('\0')) return;
  const [a, b] = [train, test].map(
    ({ name, classes }) => `${name}: ${classes.length} (${classes.slice(0, 3).join(', ')}, …)`,
  );
  throw new UserError(
    `eval: train and test must have the same classes, got ${a} and ${b}. Use splits of one data set.`,
  );
}

/**
 * @throws UserError when a class of the test set has no training image: it could only be guessed wrong
 */
function requireTrainingImages(train: Dataset, test: Dataset): void {
  const known = new Set(train.labels);
  const missing = [...new Set(test.labels)].filter((label) => !known.has(label)).map((label) => test.classes[label]!);
  if (missing.length === 0) return;
  const others = missing.length > 1 ? ` and ${missing.length - 1} more` : '';
  throw new UserError(
    `eval: every class to be tested must have training images, ${train.name} has none of "${missing[0]}"${others}. ` +
      'Add its folder to the training split, or leave it out of the test split.',
  );
}

/** Both splits of a data set, open. */
export interface Splits {
  readonly train: Part;
  readonly test: Part;
  /** Names of the classes, the same in both. */
  readonly classes: readonly string[];
}

/** Opens a model and both splits, before the first image is read, so that a wrong path costs no time; closes them at the end. */
export async function withSplits<T>(
  args: ModelAndData,
  use: (model: VectorModel, splits: Splits) => Promise<T>,
  open: (args: ModelAndData) => Promise<VectorModel> = openArgumentModel,
): Promise<T> {
  const model = await open(args);
  const opened: Dataset[] = [];
  try {
    const { imageSize } = model.preprocessing;
    const train = await openPart(args, 'train', imageSize);
    opened.push(train.dataset);
    const test = await openPart(args, 'test', imageSize);
    opened.push(test.dataset);
    requireSameClasses(train.dataset, test.dataset);
    requireTrainingImages(train.dataset, test.dataset);
    return await use(model, { train, test, classes: train.dataset.classes });
  } finally {
    for (const dataset of opened) await dataset.close();
    await model.close();
  }
}

/**
 * Opens the images to measure on where nothing is fitted: the test split; of a set without splits, all of it.
 *
 * @throws UserError as `openDataset`
 */
export async function openTestOrWhole(args: ModelAndData, imageSize: number): Promise<Part> {
  const { data, testData, testLimit, seed, skipBad = false } = args;
  if (testData !== undefined || (await listSplits(data)).length > 0) return openPart(args, 'test', imageSize);
  const dataset = await openDataset(data, { imageSize, skipBad });
  return { dataset, subset: chooseSubset(dataset.length, testLimit, seed, 'test') };
}

/** Opens a model and the images to measure on, on several ranks on each; closes them at the end. */
export async function withImages<T, A extends ModelAndData & JobArguments>(
  args: A,
  use: (model: VectorModel, part: Part) => Promise<T>,
  open: (args: A) => Promise<VectorModel> = openArgumentModel,
): Promise<T> {
  const model = await onEvery(args, () => open(args));
  try {
    const part = await onEvery(args, () => openTestOrWhole(args, model.preprocessing.imageSize));
    return await use(model, part).finally(() => part.dataset.close());
  } finally {
    await model.close();
  }
}

/** The model with the features that the arguments name. */
export const openArgumentModel = (args: ModelAndData): Promise<VectorModel> =>
  openFeatureModel(args.model, args.feature, { ...sessionOptions(args), preprocessing: preprocessingOf(args) });

/** Images that were asked for and are in no table: undecodable ones, which `--skip-bad` leaves out (of tiny images when the set is opened). */
export const countLeftOut = (parts: readonly (readonly [Part, FeatureTable])[]): number =>
  parts.reduce(
    (sum, [{ dataset, subset }, { count }]) => sum + Math.max(dataset.badSamples.length, subset.length - count),
    0,
  );

/** A line on them, or nothing. */
export const leftOutLine = (count: number): string => (count > 0 ? `${count} undecodable images left out.\n` : '');

/** What every JSON document says of the model. */
export const describeModel = ({ path, hash, output, dim }: VectorModel) => ({ path, sha256: hash, output, dim });
