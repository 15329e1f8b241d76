import { type Image, type SegmentationDataset, UndecodableImage } from '@mfm/data';
import type { Communicator } from '@mfm/mpi';
import {
  countPixels,
  type PredictOptions,
  predictMask,
  type SegmentationScores,
  segmentationScores,
  type WindowModel,
} from '@mfm/segmentation';
import { createTally, type PredictedPlace, type SegmentationTally, sumTallies } from './segmentation-tally.ts';

/** An image with what was predicted of it. */
export interface SegmentedImage {
  readonly name: string;
  readonly image: Image;
  readonly predicted: Uint8Array;
  /** Share of its labelled pixels that are right; undefined where it has none. */
  readonly pixelAccuracy: number | undefined;
}

export interface SegmentationRun {
  readonly model: WindowModel;
  readonly dataset: SegmentationDataset;
  /** Indices of the images. */
  readonly subset: Int32Array;
  readonly predict: PredictOptions;
  /** Another model, whose masks are compared with the first one's. */
  readonly other?: WindowModel | undefined;
  /** Images that are kept with their masks, spread over the subset. */
  readonly examples: number;
  /** Told after each image how many are done, of several ranks if all are as far as this one. */
  onProgress?(done: number, text: string): void;
}

export interface SegmentationResult {
  readonly scores: SegmentationScores;
  /** Images that were predicted. */
  readonly images: number;
  readonly leftOut: number;
  /** Pixels of all images, and those to which both models give the same class. */
  readonly agreement?: { readonly pixels: number; readonly agreeing: number } | undefined;
  readonly examples: readonly SegmentedImage[];
}

/** Places of examples, evenly spread. */
function examplePlaces(count: number, length: number): Set<number> {
  const wanted = Math.min(count, length);
  return new Set(Array.from({ length: wanted }, (_, i) => Math.floor(((i + 0.5) * length) / wanted)));
}

/** Reads an image; undefined for one that cannot be read, of a data set that skips such. */
async function readImage({ dataset, subset }: SegmentationRun, place: number): Promise<Image | undefined> {
  try {
    return await dataset.read(subset[place]!);
  } catch (error) {
    if (!(error instanceof UndecodableImage) || !dataset.skipBad) throw error;
    return undefined;
  }
}

/** Counts every so-many-th image, those of a rank. */
async function tallyShare(
  run: SegmentationRun,
  { rank, size }: Pick<Communicator, 'rank' | 'size'>,
): Promise<SegmentationTally> {
  const { model, subset, predict, other, onProgress } = run;
  const tally = createTally(model.classCount);
  const shown = examplePlaces(run.examples, subset.length);
  // The next image is read while the model works on this one; its error is thrown when its turn comes.
  const ahead = (place: number) => {
    const promise = place < subset.length ? readImage(run, place) : Promise.resolve(undefined);
    promise.catch(() => {});
    return promise;
  };
  let next = ahead(rank);
  for (let place = rank; place < subset.length; place += size) {
    const image = await next;
    next = ahead(place + size);
    if (!image) {
      tally.leftOut++;
      continue;
    }
    const predicted = await predictMask(model, image, predict);
    const { labelled, correct } = countPixels(tally.confusion, image.mask!, predicted);
    tally.images++;
    if (other) {
      const second = await predictMask(other, image, predict);
      tally.pixels += second.length;
      tally.agreeing += second.reduce((sum, label, i) => sum + (label === predicted[i] ? 1 : 0), 0);
    }
    if (shown.has(place)) {
      tally.shown.push({ place, predicted, pixelAccuracy: labelled === 0 ? undefined : correct / labelled });
    }
    const done = Math.min(place + size, subset.length);
    onProgress?.(done, `mIoU ${(100 * segmentationScores(tally.confusion).mIoU).toFixed(2)} %`);
  }
  return tally;
}

/** The images of the examples, read again: of several ranks another one may have predicted them. */
async function readExamples(run: SegmentationRun, shown: readonly PredictedPlace[]): Promise<SegmentedImage[]> {
  const examples: SegmentedImage[] = [];
  for (const { place, predicted, pixelAccuracy } of shown) {
    const name = run.dataset.nameOf(run.subset[place]!);
    examples.push({ name, image: (await readImage(run, place))!, predicted, pixelAccuracy });
  }
  return examples;
}

/**
 * Predicts the masks of images and scores them. Of several ranks each predicts every so-many-th image and gets the scores of all, those of one process; rank 0
 * gets the examples.
 *
 * @throws UserError for an image or mask that cannot be read, unless the data set skips such
 */
export async function evaluateSegmentation(
  run: SegmentationRun,
  communicator?: Communicator,
): Promise<SegmentationResult> {
  const own = await tallyShare(run, communicator ?? { rank: 0, size: 1 });
  const { confusion, images, leftOut, pixels, agreeing, shown } = communicator
    ? await sumTallies(communicator, own)
    : own;
  return {
    ...{ scores: segmentationScores(confusion), images, leftOut },
    ...(run.other && { agreement: { pixels, agreeing } }),
    examples: (communicator?.rank ?? 0) === 0 ? await readExamples(run, shown) : [],
  };
}
