import { readFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { UserError } from '@mfm/cli';
import { type Dataset, makeDataset } from '../dataset/dataset.ts';
import type { ImageStore } from '../store/image-store.ts';
import { packStrings } from '../store/shared-memory.ts';
import { type Colour, colourMap } from './colour-map.ts';
import { MOST_CLASSES } from './labelling.ts';

/** Images with a class for every pixel: `read` gives `mask` too. `labels` are all 0: an image as a whole has no class. */
export interface SegmentationDataset extends Dataset {
  /** A colour for every class, for pictures of masks. */
  readonly palette: readonly Colour[];
  /** Path of an image, or what stands for it. */
  nameOf(index: number): string;
}

/** How a segmentation data set is opened. */
export interface OpenSegmentationOptions {
  /** Split by name; default `train` where there is one, else everything. */
  split?: string;
  /** Leave undecodable images and masks out instead of failing. Default false. */
  skipBad?: boolean;
  /** Whether label 0 is no class and class k is label k + 1; default: as the kind of data set has it. */
  reduceZeroLabel?: boolean;
  /** Synthetic images only: what they are generated from. Default 0. */
  seed?: number;
}

/** One kind of segmentation data set. */
export interface SegmentationKind {
  /** Shown in messages. */
  title: string;
  detect(spec: string): Promise<boolean>;
  splits(spec: string): Promise<string[]>;
  open(spec: string, options: OpenSegmentationOptions): Promise<SegmentationDataset>;
}

/** What a kind finds out when it is opened. */
export interface SegmentationContents {
  name: string;
  split: string | undefined;
  classes: readonly string[];
  /** Label of the first class, which decides its colour. */
  firstLabel: number;
  length: number;
  store: ImageStore;
  skipBad: boolean;
  nameOf(index: number): string;
}

/** Makes the data set of its contents. */
export function makeSegmentationDataset(contents: SegmentationContents): SegmentationDataset {
  const { firstLabel, length, nameOf, ...rest } = contents;
  const dataset = makeDataset({ ...rest, labels: new Int32Array(length) });
  return Object.assign(dataset, { palette: colourMap(rest.classes.length, firstLabel), nameOf });
}

/** The file that names a data set's own classes, one a line. */
const CLASSES_FILE = 'classes.txt';

/** The classes that `classes.txt` names; undefined where there is none. @throws UserError for too few or too many */
export async function ownClasses(root: string): Promise<string[] | undefined> {
  const path = join(root, CLASSES_FILE);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
  const classes = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (classes.length >= 1 && classes.length <= MOST_CLASSES) return classes;
  throw new UserError(
    `openSegmentationDataset: ${path} must name 1 to ${MOST_CLASSES} classes, a line each, got ${classes.length}.`,
  );
}

/** An image and its mask, as paths below the data set's root. */
export interface LabelledFiles {
  image: string;
  mask: string;
}

/** Samples read when a set is opened, spread over it: what is wrong with all masks is said before anything is begun. */
const PROBES = 4;

/** Opens images and masks that lie in files. @throws UserError for masks that do not fit, as far as a few tell */
export async function openLabelledFiles(
  spec: string,
  files: readonly LabelledFiles[],
  { classes, reduceZeroLabel, split }: { classes: readonly string[]; reduceZeroLabel: boolean; split?: string },
  { skipBad = false }: OpenSegmentationOptions,
): Promise<SegmentationDataset> {
  if (files.length === 0) {
    const where = split === undefined ? '' : ` in its split "${split}"`;
    throw new UserError(`openSegmentationDataset: ${spec} must hold images with masks${where}, got none.`);
  }
  const dataset = makeSegmentationDataset({
    ...{ name: basename(spec), split, classes, skipBad, length: files.length, firstLabel: reduceZeroLabel ? 1 : 0 },
    store: {
      ...{ kind: 'labelled', root: spec, classCount: classes.length, reduceZeroLabel },
      paths: packStrings(files.map(({ image }) => image)),
      masks: packStrings(files.map(({ mask }) => mask)),
    },
    nameOf: (index) => files[index]!.image,
  });
  if (skipBad) return dataset;
  for (let i = 0; i < Math.min(PROBES, files.length); i++) {
    await dataset.read(Math.floor((i * files.length) / Math.min(PROBES, files.length)));
  }
  return dataset;
}

/** The name of a file without folder and suffix: what an image and its mask have in common. */
export const stemOf = (path: string): string => basename(path, extname(path));
