import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { startThreadPool, UserError, writeFileAtomic } from '@mfm/cli';
import type { BadSample, Dataset, Image } from '@mfm/data';
import { mapAhead } from '../evaluate/map-ahead.ts';
import { TREE_EXTENSIONS, type TreeImage, type TreeImageResult, type TreeSettings } from './tree-image.ts';
import { treeImages } from './tree-names.ts';
import type { TreeWorkerData } from './tree-worker.ts';

/** What a tree says of how it was made, beside its corruptions. */
export const TREE_FILE = 'corrupted.json';

/** What is written where. */
export interface TreeOptions {
  readonly dataset: Dataset;
  /** Indices of the images. */
  readonly subset: Int32Array;
  /** Folder of the tree, made when it is missing. */
  readonly out: string;
  readonly settings: TreeSettings;
  /** From `loadFrostPhotographs`; default: procedural textures. */
  readonly frostTextures?: readonly Image[] | undefined;
  /** Threads; default one per core. */
  readonly workers?: number;
  /** Images done, files written and found so far. */
  readonly onProgress?: (images: number, files: number) => void;
}

/** What was written. */
export interface TreeSummary {
  readonly images: number;
  readonly written: number;
  /** Files that were there from an earlier run. */
  readonly kept: number;
  readonly badSamples: readonly BadSample[];
}

/** All that the pixels of a file depend on, other than the corruption. */
function describe({ dataset, settings, frostTextures }: TreeOptions) {
  const { seed, transform, format, quality } = settings;
  return {
    ...{ data: dataset.name, split: dataset.split ?? null, images: dataset.length, seed },
    ...{ transform: transform ?? null, format, quality: format === 'jpeg' ? quality : null },
    frost: frostTextures ? 'photographs' : 'procedural',
  };
}

/** Notes the settings in the tree, or compares them with those noted there. */
async function claimFolder(options: TreeOptions): Promise<void> {
  const path = join(options.out, TREE_FILE);
  const own = describe(options);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) {
    await writeFileAtomic(path, `${JSON.stringify(own, undefined, 2)}\n`);
    return;
  }
  let there: Record<string, unknown> = {};
  try {
    there = JSON.parse(text) as Record<string, unknown>;
  } catch {
    // Differs in every setting.
  }
  for (const [name, value] of Object.entries(own)) {
    const [given, noted] = [JSON.stringify(value), JSON.stringify(there[name])];
    if (given === noted) continue;
    throw new UserError(
      `writeCorruptedTree: a tree must be of one kind, "${options.out}" was made with ${name} ${noted}, got ${given}. Give another folder, or the same settings.`,
    );
  }
}

/**
 * Writes corrupted copies of images as files `<corruption>/<severity>/<class>/<image>`, as ImageNet-C is published. On threads, an image at a time, which is decoded once;
 * draws are keyed by its index in the data set, as where images are corrupted in memory. Files that are there are kept: an interrupted run goes on.
 *
 * @throws UserError for a folder made with other settings, and for undecodable images unless the data set skips them
 */
export async function writeCorruptedTree(options: TreeOptions): Promise<TreeSummary> {
  const { dataset, subset, out, settings, frostTextures, workers = availableParallelism(), onProgress } = options;
  const images = treeImages(dataset, subset);
  await claimFolder(options);
  // By the package's own name: the same file is found from the sources (tests) and from the build.
  const file = createRequire(import.meta.url).resolve('@mfm/robustness/tree-worker');
  const data: TreeWorkerData = { store: dataset.store, out, settings, frostTextures };
  const pool = startThreadPool(file, workers, data);
  let [done, written, kept] = [0, 0, 0];
  const badSamples: BadSample[] = [...dataset.badSamples];
  try {
    const write = (image: TreeImage) => pool.request<TreeImageResult>('write', image);
    for await (const result of mapAhead(images, 2 * workers, write)) {
      if (result.bad && !dataset.skipBad) {
        throw new UserError(
          `writeCorruptedTree: every image must be decodable, got "${result.bad.file}" (${result.bad.reason}). Replace it, or pass --skip-bad.`,
        );
      }
      if (result.bad) badSamples.push(result.bad);
      written += result.written;
      kept += result.kept;
      onProgress?.(++done, written + kept);
    }
  } finally {
    await pool.close();
  }
  return { images: images.length - badSamples.length, written, kept, badSamples };
}

/** Names of the formats, for messages. */
export const TREE_FORMATS = Object.keys(TREE_EXTENSIONS);
