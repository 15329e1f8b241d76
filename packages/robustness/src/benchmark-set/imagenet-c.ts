import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@mfm/cli';
import { evalTransform, openDataset, type TransformSpec } from '@mfm/data';
import { SEVERITIES } from '../corruption/corruption.ts';
import type { TestCase } from '../evaluate/test-case.ts';
import type { BenchmarkSet, EvaluationSize } from './benchmark-set.ts';
import { mapClasses } from './class-map.ts';
import { IMAGENET_1K_WNIDS } from './imagenet-1k-wnids.ts';
import { describeNames, listNames } from './list-folders.ts';
import { PUBLISHED_CORRUPTIONS } from './published-corruptions.ts';
import { requireWnids } from './wnid-folders.ts';

const layout = '<corruption>/<severity 1 to 5>/<WordNet id>/*.JPEG';

/** Side of the published images. */
const SIDE = 224;

/** Where each corruption is: in the folder itself, or one below it, as the archives are grouped (noise, blur, weather, digital, extra). */
async function findCorruptions(folder: string): Promise<Map<string, string>> {
  const known = new Set<string>(PUBLISHED_CORRUPTIONS);
  const found = new Map<string, string>();
  const names = await listNames(folder, 'imagenet-c', layout);
  for (const name of names) {
    if (known.has(name)) found.set(name, join(folder, name));
    else {
      const below = await readdir(join(folder, name)).catch(() => []);
      for (const inner of below) if (known.has(inner)) found.set(inner, join(folder, name, inner));
    }
  }
  if (found.size > 0) return found;
  throw new UserError(
    `imagenet-c: "${folder}" must be a folder of ${layout}, got ${describeNames(names)}. Unpack the archives of corruptions there.`,
  );
}

/** CenterCrop alone, as published: the images have their size already. A model of more pixels gets them enlarged. */
export function publishedTransform({ imageSize, transform }: EvaluationSize): TransformSpec {
  if (imageSize <= SIDE) return { type: 'center-crop', size: imageSize };
  const interpolation = transform.type === 'resize-center-crop' ? transform.interpolation : undefined;
  return evalTransform(imageSize, { resize: imageSize, interpolation });
}

/** A published corruption: the images are what they are. */
export function publishedTest(corruption: string, severity: number): TestCase {
  return { id: `${corruption}/${severity}`, section: 'corruption', transform: async (batch) => batch };
}

/** The JPEG files of ImageNet-C (Hendrycks & Dietterich 2019), those that published figures are of. */
export const imagenetC: BenchmarkSet = {
  name: 'imagenet-c',
  title: 'ImageNet-C',
  layout,
  async parts(folder, { corruptions, severities = SEVERITIES, skipBad = false }) {
    const found = await findCorruptions(folder);
    const wanted = corruptions ?? PUBLISHED_CORRUPTIONS.filter((name) => found.has(name));
    const parts = [];
    for (const corruption of wanted) {
      const own = found.get(corruption);
      if (own === undefined) {
        throw new UserError(
          `imagenet-c: "${folder}" must hold ${corruption}, got ${[...found.keys()].join(', ')}. Unpack it, or name others with --corruptions.`,
        );
      }
      for (const severity of severities) {
        const images = join(own, String(severity));
        await requireWnids(images, 'imagenet-c', 'folders named by WordNet ids', IMAGENET_1K_WNIDS);
        parts.push({
          prefix: 'imagenet-c/',
          test: publishedTest(corruption, severity),
          open: () => openDataset(images, { skipBad }),
          transform: publishedTransform,
          classMap: ({ classes }: { classes: readonly string[] }, scores: number) =>
            mapClasses(classes, scores, 'imagenet-c'),
        });
      }
    }
    return parts;
  },
};
