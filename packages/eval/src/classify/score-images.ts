import type { Interval } from '@mfm/robustness';
import { wilsonInterval } from '../measure/wilson.ts';
import { KEPT, type RankedImages } from './rank-images.ts';

/** Accuracies of a classifier. */
export interface ClassificationScore {
  /** Images that count. */
  readonly images: number;
  /** Share whose class of the largest score is right. */
  readonly top1: number;
  readonly top1Interval: Interval;
  /** Share with a right class among the five largest scores. */
  readonly top5: number;
  readonly top5Interval: Interval;
}

/**
 * Accuracies with 95 % intervals (Wilson).
 *
 * @param accepted the model's classes that are right for an image, by its place among the ranked ones; an image without any does not count
 */
export function scoreImages(
  { top, labels }: RankedImages,
  accepted: (place: number) => readonly number[],
): ClassificationScore {
  let [images, first, five] = [0, 0, 0];
  for (let place = 0; place < labels.length; place++) {
    const right = accepted(place);
    if (right.length === 0) continue;
    images++;
    const rank = top.subarray(place * KEPT, (place + 1) * KEPT).findIndex((k) => right.includes(k));
    if (rank === 0) first++;
    if (rank >= 0) five++;
  }
  return {
    images,
    top1: first / images,
    top1Interval: wilsonInterval(first, images),
    top5: five / images,
    top5Interval: wilsonInterval(five, images),
  };
}
