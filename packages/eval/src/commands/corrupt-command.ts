import { createCommand, integerOption, startProgress, UserError } from '@mfm/cli';
import { evalTransform, listSplits, openDataset, type TransformSpec } from '@mfm/data';
import {
  CORRUPTIONS,
  loadFrostPhotographs,
  SEVERITIES,
  type Severity,
  TREE_FORMATS,
  type TreeFormat,
  type TreeSummary,
  writeCorruptedTree,
} from '@mfm/robustness';
import { chooseSubset } from '../features/seeded-subset.ts';
import type { EvalCommand } from './eval-command.ts';
import { type ChosenCorruptions, corruptionNames, parseCorruptions, parseSeverities } from './parse-corruptions.ts';

interface CorruptArguments {
  readonly data: string;
  readonly out: string;
  readonly split?: string;
  readonly limit?: number;
  readonly corruptions: ChosenCorruptions;
  readonly severities: readonly Severity[];
  readonly size: number | 'original';
  readonly interpolation: 'bilinear' | 'bicubic';
  readonly format: TreeFormat;
  readonly quality: number;
  readonly seed: number;
  readonly frost?: string;
  readonly workers?: number;
  readonly skipBad?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = [
  'pnpm eval corrupt --data imagenet/val --out ImageNet-C',
  'pnpm eval corrupt --data path/to/cifar10 --size original --format png --out CIFAR-10-C',
  'pnpm eval corrupt --data imagenet/val --limit 5000 --corruptions frost,fog --severities 1,3,5 --frost photographs --out some',
];

/** Synthetic images are made at this size where they are to keep theirs. */
const SYNTHETIC_SIZE = 224;

function parseSize(text: string): number | 'original' {
  return text === 'original' ? text : integerOption('--size')(text);
}

function oneOf<T extends string>(name: string, known: readonly T[]): (text: string) => T {
  return (text) => {
    const found = known.find((value) => value === text);
    if (found !== undefined) return found;
    throw new UserError(`${name}: must be ${known.join(' or ')}, got "${text}".`);
  };
}

function parseQuality(text: string): number {
  const quality = integerOption('--quality')(text);
  if (quality <= 100) return quality;
  throw new UserError(`--quality: must be from 1 to 100, got "${text}".`);
}

function transformOf({ size, interpolation }: CorruptArguments): { transform?: TransformSpec } {
  return size === 'original' ? {} : { transform: evalTransform(size, { interpolation }) };
}

async function writeTree(args: CorruptArguments): Promise<TreeSummary> {
  const { data, out, split, limit, severities, size, format, quality, seed, frost, workers, skipBad = false } = args;
  const corruptions = corruptionNames(args.corruptions);
  const frostTextures = frost === undefined ? undefined : await loadFrostPhotographs(frost);
  const imageSize = size === 'original' ? SYNTHETIC_SIZE : size;
  const chosen = split ?? ((await listSplits(data)).length > 0 ? 'test' : undefined);
  const dataset = await openDataset(data, { skipBad, imageSize, ...(chosen !== undefined && { split: chosen }) });
  const subset = chooseSubset(dataset.length, limit, seed, 'test');
  const progress = startProgress('corrupt', subset.length);
  try {
    return await writeCorruptedTree({
      ...{ dataset, subset, out, frostTextures },
      settings: { seed, format, quality, corruptions, severities, ...transformOf(args) },
      ...(workers !== undefined && { workers }),
      onProgress: (images, files) => progress.update(images, `${files} files`),
    });
  } finally {
    progress.stop();
    await dataset.close();
  }
}

async function runCorrupt(args: CorruptArguments): Promise<void> {
  const summary = await writeTree(args);
  if (args.json) {
    process.stdout.write(`${JSON.stringify({ command: 'corrupt', data: args.data, out: args.out, ...summary })}\n`);
    return;
  }
  const { images, written, kept, badSamples } = summary;
  const left = badSamples.length > 0 ? `${badSamples.length} undecodable images left out.\n` : '';
  const found = kept > 0 ? `, ${kept} were there` : '';
  process.stdout.write(`${images} images: ${written} files written${found}, in ${args.out}\n${left}`);
}

/** `pnpm eval corrupt`. */
export const corruptCommand: EvalCommand = {
  name: 'corrupt',
  summary: 'writes corrupted images as files, as ImageNet-C is published',
  create: () =>
    createCommand(
      'corrupt',
      'Writes corrupted copies of images: <corruption>/<severity>/<class>/<image>, JPEG of quality 85, as ImageNet-C is published. Files that are there are kept: the same command goes on where it was stopped.',
      EXAMPLES,
    )
      .requiredOption('--data <spec>', 'images: a data set path, "synthetic" or "synthetic:<n>"')
      .requiredOption('--out <folder>', 'where the tree goes')
      .option('--split <name>', 'split of the data set (default: test; of a set without splits, all of it)')
      .option('--limit <n>', 'use n images, chosen by the seed', integerOption('--limit'))
      .option(
        '--corruptions <names>',
        `comma-separated, or all. Known: ${CORRUPTIONS.map(({ name }) => name).join(',')}`,
        parseCorruptions,
        'all',
      )
      .option('--severities <numbers>', 'comma-separated', parseSeverities, [...SEVERITIES])
      .option(
        '--size <px>',
        'shorter side to 256/224 of this, centre crop of this (up to 64: no crop); "original" leaves images as they are',
        parseSize,
        224,
      )
      .option(
        '--interpolation <name>',
        'bilinear or bicubic',
        oneOf('--interpolation', ['bilinear', 'bicubic']),
        'bilinear',
      )
      .option('--format <name>', TREE_FORMATS.join(' or '), oneOf('--format', TREE_FORMATS as TreeFormat[]), 'jpeg')
      .option('--quality <n>', 'of JPEG, 1 to 100', parseQuality, 85)
      .option('--seed <n>', 'keys the random draws', integerOption('--seed', 0), 0)
      .option('--frost <folder>', "the reference's photographs, frost1.png … frost5.jpg; default: procedural textures")
      .option('--workers <n>', 'threads (default: one per core)', integerOption('--workers'))
      .option('--skip-bad', 'leave undecodable images out (they are counted)')
      .option('--json', 'print one JSON document')
      .action(runCorrupt),
};
