import { join } from 'node:path';
import { UserError } from '@mfm/cli';
import { openNpyImages } from '@mfm/data';
import { SEVERITIES } from '../corruption/corruption.ts';
import type { BenchmarkSet } from './benchmark-set.ts';
import { mapClasses } from './class-map.ts';
import { publishedTest } from './imagenet-c.ts';
import { describeNames, listNames } from './list-folders.ts';
import { PUBLISHED_CORRUPTIONS } from './published-corruptions.ts';

const layout = '<corruption>.npy, uint8 [50000, 32, 32, 3], and labels.npy';

/** Images of each severity: the ten thousand of CIFAR-10's test set, in its order. */
const PER_SEVERITY = 10_000;

const CLASSES = 'airplane automobile bird cat deer dog frog horse ship truck'.split(' ');

/** CIFAR-10-C (Hendrycks & Dietterich 2019): one array per corruption, severities one after the other. */
export const cifar10C: BenchmarkSet = {
  name: 'cifar10-c',
  title: 'CIFAR-10-C',
  layout,
  async parts(folder, { corruptions, severities = SEVERITIES }) {
    const names = await listNames(folder, 'cifar10-c', layout);
    const present = PUBLISHED_CORRUPTIONS.filter((name) => names.includes(`${name}.npy`));
    if (present.length === 0 || !names.includes('labels.npy')) {
      throw new UserError(
        `cifar10-c: "${folder}" must be a folder of ${layout}, got ${describeNames(names)}. Unpack CIFAR-10-C.tar there.`,
      );
    }
    const missing = corruptions?.find((name) => !present.includes(name));
    if (missing !== undefined) {
      throw new UserError(
        `cifar10-c: "${folder}" must hold ${missing}.npy, got ${present.join(', ')}. Name others with --corruptions.`,
      );
    }
    return (corruptions ?? present).flatMap((corruption) =>
      severities.map((severity) => ({
        prefix: 'cifar10-c/',
        test: publishedTest(corruption, severity),
        open: () =>
          openNpyImages(
            join(folder, `${corruption}.npy`),
            join(folder, 'labels.npy'),
            { from: (severity - 1) * PER_SEVERITY, count: PER_SEVERITY },
            `cifar10-c/${corruption}`,
            CLASSES,
          ),
        transform: ({ transform }) => transform,
        classMap: ({ classes }, scores) => mapClasses(classes, scores, 'cifar10-c'),
      })),
    );
  },
};
