import { UserError } from '@mfm/cli';
import { chooseSplit } from '../dataset/split.ts';
import { makeSegmentationDataset, type SegmentationKind } from '../segmentation/segmentation-dataset.ts';
import { SCENE_CLASSES } from './scene-store.ts';

const NAME = 'synthetic-seg';
const DEFAULT_LENGTH = 2000;
/** The validation split has a fifth as many scenes as the training split. */
const VALIDATION_SHARE = 5;
const SPLITS = ['train', 'val'];
/** Not square, so that nothing takes one side for the other. */
const [WIDTH, HEIGHT] = [128, 96];

function parseLength(spec: string): number {
  const text = spec.slice(NAME.length + 1);
  const length = spec === NAME ? DEFAULT_LENGTH : Number(text);
  if (Number.isInteger(length) && length > 0) return length;
  throw new UserError(`openSegmentationDataset: ${NAME}:<n> must have a positive number of images, got "${text}".`);
}

/**
 * Scenes of 128 × 96 pixels with two to four figures and textured patches over 1/f noise, computed from (seed, split, index): seven classes: the
 * ground, figures, and the five textures of the data set `synthetic`.
 */
export const syntheticScenes: SegmentationKind = {
  title: `"${NAME}" or "${NAME}:<n>"`,
  detect: async (spec) => spec === NAME || spec.startsWith(`${NAME}:`),
  splits: async () => SPLITS,
  async open(spec, { split: wanted, skipBad = false, seed = 0 }) {
    const split = chooseSplit(NAME, wanted, SPLITS)!;
    const trained = parseLength(spec);
    return makeSegmentationDataset({
      ...{ name: NAME, split, skipBad, firstLabel: 0 },
      classes: SCENE_CLASSES,
      length: split === 'train' ? trained : Math.ceil(trained / VALIDATION_SHARE),
      store: { kind: 'scenes', seed, split, width: WIDTH, height: HEIGHT },
      nameOf: (index) => `${split} ${index}`,
    });
  },
};
