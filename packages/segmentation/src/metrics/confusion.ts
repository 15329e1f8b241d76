import { NO_CLASS } from '@mfm/data';

/** Pixels by true and predicted class; adds up over images and processes. */
export interface Confusion {
  /** Classes K. */
  readonly classCount: number;
  /** `[K, K + 1]`: row = true class, column = predicted one, the last for predictions of no class. Exact up to 2^53 pixels. */
  readonly counts: Float64Array;
}

/** What one image adds. */
export interface PixelCount {
  /** Pixels that have a class. */
  readonly labelled: number;
  /** Those of them that are predicted right. */
  readonly correct: number;
}

/** A matrix of zeros. */
export const createConfusion = (classCount: number): Confusion => ({
  classCount,
  counts: new Float64Array(classCount * (classCount + 1)),
});

/**
 * Counts an image. Pixels without a true class (255) are left out, whatever is predicted there; a predicted label that is no class is wrong, and adds to no
 * class's predicted area.
 *
 * @param into added to
 * @param labels true class of every pixel, 0 … K − 1 or 255
 * @param predicted label of every pixel, in the same order
 * @throws RangeError when they are not of one length, or a true label is out of range
 */
export function countPixels({ classCount, counts }: Confusion, labels: Uint8Array, predicted: Uint8Array): PixelCount {
  if (labels.length !== predicted.length) {
    throw new RangeError(
      `countPixels: labels and predictions must be of one length, got ${labels.length} and ${predicted.length}.`,
    );
  }
  let [labelled, correct] = [0, 0];
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (label === NO_CLASS) continue;
    if (label >= classCount) {
      throw new RangeError(`countPixels: labels must be in [0, ${classCount}) or ${NO_CLASS}, got ${label}.`);
    }
    const guess = predicted[i]!;
    counts[label * (classCount + 1) + Math.min(guess, classCount)]!++;
    labelled++;
    if (guess === label) correct++;
  }
  return { labelled, correct };
}
