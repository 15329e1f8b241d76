import { UserError } from '@mfm/cli';
import { type Dataset, makeDataset } from '../dataset/dataset.ts';
import type { DatasetKind, OpenOptions } from '../dataset/open-options.ts';
import { chooseSplit } from '../dataset/split.ts';
import type { Image } from '../image/image.ts';
import { packImages } from '../store/decode-all.ts';
import { PATTERNS } from './patterns.ts';
import { openSyntheticStore, type SyntheticStore, syntheticLabel } from './synthetic-store.ts';

const NAME = 'synthetic';
const DEFAULT_LENGTH = 10_000;
/** The test split has a fifth as many images as the training split. */
const TEST_SHARE = 5;
/** Up to this side images are generated at once and kept; larger ones when they are read. */
const KEEP_UP_TO = 64;
const SPLITS = ['train', 'test'];

function parseLength(spec: string): number {
  const text = spec.slice(NAME.length + 1);
  const length = spec === NAME ? DEFAULT_LENGTH : Number(text);
  if (Number.isInteger(length) && length > 0) return length;
  throw new UserError(`openDataset: synthetic:<n> must have a positive number of images, got "${text}".`);
}

async function openSynthetic(spec: string, options: OpenOptions): Promise<Dataset> {
  const { imageSize = 32, seed = 0 } = options;
  if (!Number.isInteger(imageSize) || imageSize < 8) {
    throw new UserError(`openDataset: imageSize must be an integer of at least 8, got ${imageSize}.`);
  }
  const split = chooseSplit(NAME, options.split, SPLITS)!;
  const trained = parseLength(spec);
  const length = split === 'train' ? trained : Math.ceil(trained / TEST_SHARE);
  const generator: SyntheticStore = { kind: 'synthetic', seed, split, size: imageSize };
  const contents = {
    name: NAME,
    split,
    classes: PATTERNS.map(({ name }) => name),
    labels: Int32Array.from({ length }, (_, index) => syntheticLabel(index)),
    skipBad: options.skipBad ?? false,
  };
  if (imageSize > KEEP_UP_TO) return makeDataset({ ...contents, store: generator });
  const { read } = openSyntheticStore(generator);
  return makeDataset({ ...contents, store: packImages(Array.from({ length }, (_, i) => read(i) as Image)) });
}

/**
 * Ten classes of figures and textures of random place, size, rotation and colour over 1/f noise, computed from
 * (seed, split, index): a machine without data can run everything.
 */
export const synthetic: DatasetKind = {
  title: '"synthetic" or "synthetic:<n>"',
  detect: async (spec) => spec === NAME || spec.startsWith(`${NAME}:`),
  splits: async () => SPLITS,
  open: openSynthetic,
};
