import { UserError } from '@mfm/cli';
import { openDataset } from '@mfm/data';
import { CLEAN } from '../evaluate/test-case.ts';
import type { BenchmarkSet } from './benchmark-set.ts';
import { isWnid, mapClasses, mapSubset } from './class-map.ts';
import { IMAGENET_1K_WNIDS } from './imagenet-1k-wnids.ts';
import { IMAGENET_A_WNIDS } from './imagenet-a-wnids.ts';
import { IMAGENET_R_WNIDS } from './imagenet-r-wnids.ts';
import { describeNames, listNames } from './list-folders.ts';

/** @throws UserError unless the folder's classes are some of those */
export async function requireWnids(
  folder: string,
  set: string,
  layout: string,
  wnids: readonly string[],
): Promise<void> {
  const names = await listNames(folder, set, layout);
  const folders = names.filter(isWnid);
  const known = new Set(wnids);
  const stray = folders.filter((wnid) => !known.has(wnid));
  if (folders.length > 0 && stray.length === 0) return;
  const got = stray.length > 0 ? `${stray.length} others (${stray.slice(0, 3).join(', ')})` : describeNames(names);
  throw new UserError(
    `${set}: "${folder}" must be a folder of ${layout}, got ${got}. Give the folder that holds the classes' folders.`,
  );
}

/** A set in folders named by WordNet ids, with the model's own transform. */
function wnidSet(name: string, title: string, wnids: readonly string[]): BenchmarkSet {
  const layout = `its ${wnids.length} classes, folders named by WordNet ids`;
  const isSubset = wnids.length < IMAGENET_1K_WNIDS.length;
  return {
    ...{ name, title, layout },
    async parts(folder, { skipBad = false }) {
      await requireWnids(folder, name, layout, wnids);
      return [
        {
          prefix: `${name}/`,
          test: CLEAN,
          open: () => openDataset(folder, { skipBad }),
          transform: ({ transform }) => transform,
          classMap: ({ classes }, scores) =>
            isSubset ? mapSubset(classes, wnids, scores, name) : mapClasses(classes, scores, name),
        },
      ];
    },
  };
}

/** Natural adversarial examples (Hendrycks et al. 2021): the largest of 200 of the 1000 scores counts. */
export const imagenetA = wnidSet('imagenet-a', 'ImageNet-A', IMAGENET_A_WNIDS);

/** Renditions (Hendrycks et al. 2021): the largest of 200 of the 1000 scores counts. */
export const imagenetR = wnidSet('imagenet-r', 'ImageNet-R', IMAGENET_R_WNIDS);

/** Sketches of all 1000 classes (Wang et al. 2019). */
export const imagenetSketch = wnidSet('imagenet-sketch', 'ImageNet-Sketch', IMAGENET_1K_WNIDS);
