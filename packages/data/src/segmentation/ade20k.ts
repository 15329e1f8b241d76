import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@mfm/cli';
import { isImageName } from '../dataset/image-folder.ts';
import { chooseSplit } from '../dataset/split.ts';
import { ADE20K_CLASSES } from './class-names.ts';
import {
  type LabelledFiles,
  type OpenSegmentationOptions,
  openLabelledFiles,
  ownClasses,
  type SegmentationDataset,
  type SegmentationKind,
  stemOf,
} from './segmentation-dataset.ts';

const IMAGES = 'images';
const MASKS = 'annotations';

/** Folders that a split may be in. */
const SPLIT_FOLDERS: Readonly<Record<string, readonly string[]>> = {
  train: ['training', 'train'],
  val: ['validation', 'val'],
  test: ['testing', 'test'],
};

/** Whether a path is a folder. */
export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

/** The folder of every split that there is, by the split's name. */
async function splitFolders(spec: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [split, names] of Object.entries(SPLIT_FOLDERS)) {
    for (const name of names) {
      const both = await Promise.all([IMAGES, MASKS].map((folder) => isFolder(join(spec, folder, name))));
      if (both.every(Boolean)) found[split] ??= name;
    }
  }
  return found;
}

/** @throws UserError for an image without a mask */
async function pairFiles(spec: string, folder: string): Promise<LabelledFiles[]> {
  const list = async (kind: string) =>
    (await readdir(join(spec, kind, folder))).filter((name) => !name.startsWith('.'));
  const images = (await list(IMAGES)).filter(isImageName).sort();
  const masks = new Map((await list(MASKS)).filter(isImageName).map((name) => [stemOf(name), name]));
  return images.map((name) => {
    const mask = masks.get(stemOf(name));
    if (mask !== undefined) return { image: join(IMAGES, folder, name), mask: join(MASKS, folder, mask) };
    throw new UserError(
      `openSegmentationDataset: every image must have a mask, got "${join(spec, IMAGES, folder, name)}" without ` +
        `"${join(spec, MASKS, folder, `${stemOf(name)}.png`)}". Add the mask, or remove the image.`,
    );
  });
}

async function openAde20k(spec: string, options: OpenSegmentationOptions): Promise<SegmentationDataset> {
  const folders = await splitFolders(spec);
  const split = chooseSplit(spec, options.split, Object.keys(folders));
  const files = await pairFiles(spec, split === undefined ? '' : folders[split]!);
  const own = await ownClasses(spec);
  // Labels of a list of classes of one's own are its line numbers, from 0.
  const { reduceZeroLabel = own === undefined } = options;
  const labelling = { classes: own ?? ADE20K_CLASSES, reduceZeroLabel };
  return openLabelledFiles(spec, files, { ...labelling, ...(split !== undefined && { split }) }, options);
}

/**
 * The layout of ADE20K's scene parsing benchmark: `images/` and `annotations/`, with or without `training` and `validation` below; masks have
 * their images' names. Without a `classes.txt` the classes are ADE20K's 150, and label 0 is no class.
 */
export const ade20k: SegmentationKind = {
  title: 'folders images and annotations (ADE20K)',
  detect: async (spec) => (await isFolder(join(spec, IMAGES))) && (await isFolder(join(spec, MASKS))),
  splits: async (spec) => Object.keys(await splitFolders(spec)),
  open: openAde20k,
};
