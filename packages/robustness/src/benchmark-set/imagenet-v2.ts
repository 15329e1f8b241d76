import { UserError } from '@mfm/cli';
import { openDataset } from '@mfm/data';
import { CLEAN } from '../evaluate/test-case.ts';
import type { BenchmarkSet } from './benchmark-set.ts';
import { imagenetIndex, isWnid, mapClasses } from './class-map.ts';
import { IMAGENET_1K_WNIDS } from './imagenet-1k-wnids.ts';
import { describeNames, listNames } from './list-folders.ts';

const layout = 'its classes, folders named 0 to 999';

/** Class of a folder: its number (some copies have WordNet ids instead). Sorted as text, 10 would come before 2. */
function classOf(name: string): number | undefined {
  if (isWnid(name)) return imagenetIndex(name);
  const number = Number(name);
  return /^\d{1,4}$/.test(name) && number < IMAGENET_1K_WNIDS.length ? number : undefined;
}

/** New test images for ImageNet's 1000 classes (Recht et al. 2019). */
export const imagenetV2: BenchmarkSet = {
  name: 'imagenet-v2',
  title: 'ImageNet-V2',
  layout,
  async parts(folder, { skipBad = false }) {
    const names = await listNames(folder, 'imagenet-v2', layout);
    const known = names.filter((name) => classOf(name) !== undefined);
    if (known.length === 0) {
      throw new UserError(
        `imagenet-v2: "${folder}" must be a folder of ${layout}, got ${describeNames(names)}. Give the folder that holds the classes' folders.`,
      );
    }
    return [
      {
        prefix: 'imagenet-v2/',
        test: CLEAN,
        open: () => openDataset(folder, { skipBad }),
        transform: ({ transform }) => transform,
        classMap({ classes }, scores) {
          const stray = classes.find((name) => classOf(name) === undefined);
          if (stray !== undefined) {
            throw new UserError(
              `imagenet-v2: "${folder}" must be a folder of ${layout}, got the folder "${stray}". Remove it.`,
            );
          }
          return mapClasses(
            classes.map((name) => IMAGENET_1K_WNIDS[classOf(name)!]!),
            scores,
            'imagenet-v2',
          );
        },
      },
    ];
  },
};
