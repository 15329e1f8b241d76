import { type Image, type SegmentationDataset, UndecodableImage } from '@mfm/data';
import {
  countPixels,
  createConfusion,
  type PredictOptions,
  predictMask,
  type SegmentationScores,
  segmentationScores,
  type WindowModel,
} from '@mfm/segmentation';

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

/**
 * Predicts the masks of images and scores them.
 *
 * @throws UserError for an image or mask that cannot be read, unless the data set skips such
 */
export async function evaluateSegmentation(run: SegmentationRun): Promise<SegmentationResult> {
  const { model, dataset, subset, predict, other, onProgress } = run;
  const confusion = createConfusion(model.classCount);
  const shown = examplePlaces(run.examples, subset.length);
  const examples: SegmentedImage[] = [];
  let [images, leftOut, pixels, agreeing] = [0, 0, 0, 0];
  const read = async (place: number): Promise<Image | undefined> => {
    if (place >= subset.length) return undefined;
    try {
      return await dataset.read(subset[place]!);
    } catch (error) {
      if (!(error instanceof UndecodableImage) || !dataset.skipBad) throw error;
      return undefined;
    }
  };
  // The next image is read while the model works on this one; its error is thrown when its turn comes.
  const ahead = (place: number) => {
    const promise = read(place);
    promise.catch(() => {});
    return promise;
  };
  let next = ahead(0);
  for (let place = 0; place < subset.length; place++) {
    const image = await next;
    next = ahead(place + 1);
    if (!image) {
      leftOut++;
      continue;
    }
    const predicted = await predictMask(model, image, predict);
    const { labelled, correct } = countPixels(confusion, image.mask!, predicted);
    images++;
    if (other) {
      const second = await predictMask(other, image, predict);
      pixels += second.length;
      agreeing += second.reduce((sum, label, i) => sum + (label === predicted[i] ? 1 : 0), 0);
    }
    if (shown.has(place)) {
      const pixelAccuracy = labelled === 0 ? undefined : correct / labelled;
      examples.push({ name: dataset.nameOf(subset[place]!), image, predicted, pixelAccuracy });
    }
    onProgress?.(place + 1, `mIoU ${(100 * segmentationScores(confusion).mIoU).toFixed(2)} %`);
  }
  return {
    ...{ scores: segmentationScores(confusion), images, leftOut, examples },
    ...(other && { agreement: { pixels, agreeing } }),
  };
}
