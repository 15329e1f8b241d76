import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { UserError } from '@mfm/cli';
import { type Dataset, sampleName } from '@mfm/data';

const CLASSES = 1000;
/** File names of ImageNet's validation images, numbered from 1. */
const NAME = /^ILSVRC2012_val_(\d{8})\./i;

/** ImageNet-ReaL: for each validation image, by its number from 0, every class that is right; none for images that people could not agree on. */
export type RealLabels = readonly (readonly number[])[];

/**
 * Reads `real.json` (Beyer et al. 2020): a list with one list of classes for each of ImageNet's validation images, in the order of their names.
 *
 * @throws UserError for a file that is missing or something else, or a class outside 0 … 999
 */
export async function readRealLabels(path: string): Promise<RealLabels> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'no JSON';
    throw new UserError(`--real-labels: must be ImageNet-ReaL's real.json, got "${path}" (${reason}).`);
  }
  if (!Array.isArray(value) || !value.every(Array.isArray)) {
    throw new UserError(`--real-labels: must be a list of lists of classes, got another JSON document in "${path}".`);
  }
  for (const [image, labels] of (value as unknown[][]).entries()) {
    const stray = labels.find((k) => !(Number.isInteger(k) && (k as number) >= 0 && (k as number) < CLASSES));
    if (stray === undefined) continue;
    throw new UserError(
      `--real-labels: classes must be from 0 to ${CLASSES - 1}, got ${JSON.stringify(stray)} for image ${image}.`,
    );
  }
  return value as number[][];
}

/**
 * The right classes of an image of the validation set.
 *
 * @param index of the image in the data set
 * @throws UserError for a file that is not named as ImageNet's validation images, or beyond the labels
 */
export function realLabelsOf(labels: RealLabels, dataset: Dataset, index: number): readonly number[] {
  const name = basename(sampleName(dataset, index) ?? '');
  const number = NAME.exec(name)?.[1];
  if (number === undefined) {
    throw new UserError(
      `--real-labels: images must be named as ImageNet's validation set, ILSVRC2012_val_00000001.JPEG, got "${name || dataset.name}".`,
    );
  }
  const own = labels[Number(number) - 1];
  if (own) return own;
  throw new UserError(`--real-labels: must have labels of image ${Number(number)}, got ${labels.length} images.`);
}
