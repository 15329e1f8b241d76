import { UserError } from '@mfm/cli';
import { createLoader, createRandom, type Dataset, evalTransform, listSplits, openDataset } from '@mfm/data';
import { usualResize } from '../model-metadata.ts';

/** Some images of a data set, prepared as for an evaluation: resize, central crop. */
export interface ImageSet {
  /** The data set's name and split, for messages. */
  readonly name: string;
  readonly length: number;
  /** uint8 [N, side, side, 3], in batches of at most this size. */
  batches(batchSize: number): AsyncGenerator<Uint8Array, void, undefined>;
}

async function openSplit(spec: string, wanted: readonly string[], imageSize: number): Promise<Dataset> {
  const splits = await listSplits(spec);
  const split = wanted.find((name) => splits.includes(name));
  return openDataset(spec, { imageSize, ...(split !== undefined && { split }) });
}

function imageSet(dataset: Dataset, subset: Int32Array, imageSize: number): ImageSet {
  return {
    name: dataset.split === undefined ? dataset.name : `${dataset.name} (${dataset.split})`,
    length: subset.length,
    async *batches(batchSize) {
      const transform = evalTransform(imageSize, usualResize(imageSize));
      const loader = createLoader(dataset, { batchSize, transform, subset });
      try {
        for await (const { pixels } of loader.epoch(0)) yield pixels;
      } finally {
        await loader.close();
      }
    },
  };
}

export interface ImageSetOptions {
  /** Side of the model's images. */
  readonly imageSize: number;
  /** Keys the choice of images. Default 0. */
  readonly seed?: number;
}

export interface CalibrationSets {
  /** What activation ranges are read from. */
  readonly calibration: ImageSet;
  /** Other images of the same data set, to compare on. */
  readonly heldOut: ImageSet;
  close(): Promise<void>;
}

/**
 * Chooses images to calibrate on, and others to compare on, from the split `train` where there is one.
 *
 * @throws UserError when the data set does not open, or has no more images than are calibrated on
 */
export async function openCalibrationSets(
  spec: string,
  [calibrationImages, comparedImages]: readonly [number, number],
  { imageSize, seed = 0 }: ImageSetOptions,
): Promise<CalibrationSets> {
  const dataset = await openSplit(spec, ['train'], imageSize);
  if (dataset.length <= calibrationImages) {
    await dataset.close();
    throw new UserError(
      `--calibrate: the data set must hold more than the ${calibrationImages} calibration images, so that others are left to compare on, ` +
        `got ${dataset.length} in ${dataset.name}. Lower --calibration-images, or give more.`,
    );
  }
  const order = createRandom(seed, 'calibration').permutation(dataset.length);
  const part = (from: number, to: number) => imageSet(dataset, order.slice(from, to).sort(), imageSize);
  return {
    calibration: part(0, calibrationImages),
    heldOut: part(calibrationImages, calibrationImages + comparedImages),
    close: () => dataset.close(),
  };
}

/**
 * Chooses images to compare on, from the split `test` or `val` where there is one.
 *
 * @throws UserError when the data set does not open
 */
export async function openComparisonSet(
  spec: string,
  images: number,
  { imageSize, seed = 0 }: ImageSetOptions,
): Promise<{ images: ImageSet; close(): Promise<void> }> {
  const dataset = await openSplit(spec, ['test', 'val'], imageSize);
  const order = createRandom(seed, 'comparison').permutation(dataset.length);
  return { images: imageSet(dataset, order.slice(0, images).sort(), imageSize), close: () => dataset.close() };
}
