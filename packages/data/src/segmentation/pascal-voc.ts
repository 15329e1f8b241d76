import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@mfm/cli';
import { isImageName } from '../dataset/image-folder.ts';
import { chooseSplit } from '../dataset/split.ts';
import { isFolder } from './ade20k.ts';
import { PASCAL_VOC_CLASSES } from './class-names.ts';
import {
  type LabelledFiles,
  type OpenSegmentationOptions,
  openLabelledFiles,
  ownClasses,
  type SegmentationDataset,
  type SegmentationKind,
  stemOf,
} from './segmentation-dataset.ts';

const IMAGES = 'JPEGImages';
const MASKS = 'SegmentationClass';
const LISTS = join('ImageSets', 'Segmentation');

async function listSplits(spec: string): Promise<string[]> {
  const names = await readdir(join(spec, LISTS)).catch(() => []);
  return names
    .filter((name) => name.endsWith('.txt'))
    .map(stemOf)
    .sort();
}

async function byStem(folder: string): Promise<Map<string, string>> {
  return new Map((await readdir(folder)).filter(isImageName).map((name) => [stemOf(name), name]));
}

/** @throws UserError for a name of the list without image or mask */
async function listedFiles(spec: string, split: string | undefined): Promise<LabelledFiles[]> {
  const images = await byStem(join(spec, IMAGES));
  const masks = await byStem(join(spec, MASKS));
  // Without lists: what has a mask. VOC has many more images.
  const names =
    split === undefined
      ? [...masks.keys()].sort()
      : (await readFile(join(spec, LISTS, `${split}.txt`), 'utf8')).split('\n').map((line) => line.trim());
  return names
    .filter((name) => name !== '')
    .map((name) => {
      const [image, mask] = [images.get(name), masks.get(name)];
      if (image !== undefined && mask !== undefined) return { image: join(IMAGES, image), mask: join(MASKS, mask) };
      const missing = image === undefined ? join(spec, IMAGES) : join(spec, MASKS);
      throw new UserError(
        `openSegmentationDataset: every name must have an image and a mask, got "${name}" without a file in "${missing}". ` +
          'Add it, or take the name off the list.',
      );
    });
}

async function openPascalVoc(spec: string, options: OpenSegmentationOptions): Promise<SegmentationDataset> {
  const split = chooseSplit(spec, options.split, await listSplits(spec));
  const files = await listedFiles(spec, split);
  const { reduceZeroLabel = false } = options;
  const labelling = { classes: (await ownClasses(spec)) ?? PASCAL_VOC_CLASSES, reduceZeroLabel };
  return openLabelledFiles(spec, files, { ...labelling, ...(split !== undefined && { split }) }, options);
}

/**
 * Pascal VOC's layout: `JPEGImages/`, `SegmentationClass/` and lists of names in `ImageSets/Segmentation/`. Without a `classes.txt` the classes are
 * VOC's 21, background among them; 255 is no class.
 */
export const pascalVoc: SegmentationKind = {
  title: 'folders JPEGImages and SegmentationClass (Pascal VOC)',
  detect: async (spec) => (await isFolder(join(spec, IMAGES))) && (await isFolder(join(spec, MASKS))),
  splits: listSplits,
  open: openPascalVoc,
};
