import { integerOption, startProgress, UserError } from '@mfm/cli';
import { type Dataset, openDataset } from '@mfm/data';
import { extractFeatures } from '../features/extract-features.ts';
import type { VectorModel } from '../features/feature-model.ts';
import type { FeatureTable } from '../features/feature-table.ts';
import { chooseSubset } from '../features/seeded-subset.ts';
import type { Command } from './eval-command.ts';

/** Arguments that every command on a model and a data set takes. */
export interface ModelAndData {
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
  readonly json?: boolean;
}

/** Declares those arguments. */
export function withModelAndData(command: Command): Command {
  return command
    .requiredOption('--model <file>', 'ONNX file that "pnpm export --onnx" wrote, or one like it')
    .requiredOption('--data <spec>', 'data set with the splits train and test: a path, "synthetic" or "synthetic:<n>"')
    .option('--test-data <spec>', 'another data set (or folder of classes) to test on')
    .option('--feature <output>', 'output of the model to use: mean_pooled, cls_token, …', 'mean_pooled')
    .option('--train-limit <n>', 'use n training images, chosen by the seed', integerOption('--train-limit'))
    .option('--test-limit <n>', 'use n test images, chosen by the seed', integerOption('--test-limit'))
    .option('--seed <n>', 'keys every choice of images', integerOption('--seed', 0), 0)
    .option('--device <name>', 'cpu, webgpu, cuda or cuda:<n>', 'cpu')
    .option('--threads <n>', 'threads of ONNX Runtime', integerOption('--threads'))
    .option('--workers <n>', 'threads that decode images', integerOption('--workers', 0))
    .option('--skip-bad', 'leave undecodable images out (they are counted)')
    .option('--json', 'print one JSON document');
}

/** The options of a session that the arguments ask for. */
export const sessionOptions = ({ device, threads }: ModelAndData) => ({ device, ...(threads && { threads }) });

/** A part of a data set: what is measured. */
export interface Part {
  readonly dataset: Dataset;
  /** Indices of the images to use. */
  readonly subset: Int32Array;
}

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

/** Features of both splits, and the names of their classes. */
export interface ExtractedSplits {
  readonly train: FeatureTable;
  readonly test: FeatureTable;
  readonly classes: readonly string[];
  readonly badSamples: readonly { readonly file: string; readonly reason: string }[];
}

/** Features of an open part, with progress. */
export async function extractPart(
  model: VectorModel,
  { dataset, subset }: Part,
  label: string,
  workers?: number,
): Promise<FeatureTable> {
  const progress = startProgress(`${label} features`, subset.length);
  try {
    return await extractFeatures(model, dataset, {
      subset,
      ...(workers !== undefined && { workers }),
      onProgress: (done) => progress.update(done),
    });
  } finally {
    progress.stop();
  }
}

/** @throws UserError when the splits do not name the same classes in the same order */
export function requireSameClasses(train: Dataset, test: Dataset): void {
  if (train.classes.join('\0') === test.classes.join('\0')) return;
  const [a, b] = [train, test].map(
    ({ name, classes }) => `${name}: ${classes.length} (${classes.slice(0, 3).join(', ')}, …)`,
  );
  throw new UserError(
    `eval: train and test must have the same classes, got ${a} and ${b}. Use splits of one data set.`,
  );
}

/** Extracts the features of both splits. Both are opened before the first image is read, so that a wrong path costs no time. */
export async function extractSplits(model: VectorModel, args: ModelAndData): Promise<ExtractedSplits> {
  const { imageSize } = model.preprocessing;
  const train = await openPart(args, 'train', imageSize);
  try {
    const test = await openPart(args, 'test', imageSize);
    try {
      requireSameClasses(train.dataset, test.dataset);
      return {
        train: await extractPart(model, train, 'train', args.workers),
        test: await extractPart(model, test, 'test', args.workers),
        classes: train.dataset.classes,
        badSamples: [...train.dataset.badSamples, ...test.dataset.badSamples],
      };
    } finally {
      await test.dataset.close();
    }
  } finally {
    await train.dataset.close();
  }
}

/** What every JSON document says of the model. */
export const describeModel = ({ path, hash, output, dim }: VectorModel) => ({ path, sha256: hash, output, dim });

/** A fraction in per cent, two decimals. */
export const percent = (fraction: number): string => (100 * fraction).toFixed(2);
