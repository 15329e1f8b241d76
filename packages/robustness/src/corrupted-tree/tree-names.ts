import { basename, extname } from 'node:path';
import { type Dataset, sampleName } from '@mfm/data';
import type { TreeImage } from './tree-image.ts';

/** Digits of an index where an image has no name. */
const DIGITS = 8;

/**
 * What the images of a data set are called in a tree: the name of their class and of their file, or their index where they have none. Of two that would be the
 * same, the later gets its index too.
 */
export function treeImages(dataset: Dataset, subset: Int32Array): TreeImage[] {
  const used = new Set<string>();
  return Array.from(subset, (index) => {
    const folder = dataset.classes[dataset.label(index)]!.replace(/[\\/:]/g, '_');
    const number = String(index).padStart(DIGITS, '0');
    const file = sampleName(dataset, index);
    const own = file === undefined ? number : basename(file, extname(file));
    const name = used.has(`${folder}/${own}`) ? `${own}_${number}` : own;
    used.add(`${folder}/${name}`);
    return { index, folder, name };
  });
}
