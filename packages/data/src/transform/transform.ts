import type { Image } from '../image/image.ts';
import { resample, type Sampling } from '../image/resample.ts';
import { createRandom, type Random } from '../random/random.ts';
import { type CenterCrop, planCenterCrop } from './center-crop.ts';
import { applyFinetune, type Finetune } from './finetune.ts';
import { planRandomResizedCrop, type RandomResizedCrop } from './random-resized-crop.ts';
import { planResizeCenterCrop, type ResizeCenterCrop } from './resize-center-crop.ts';
import { planResizeExact, type ResizeExact } from './resize-exact.ts';
import { applySegmentationCrop, type SegmentationCrop } from './segmentation-crop.ts';

/** How a decoded image becomes a square of `size` pixels; plain data, so that it can be sent to a worker or written down. */
export type TransformSpec =
  | RandomResizedCrop
  | ResizeCenterCrop
  | CenterCrop
  | ResizeExact
  | Finetune
  | SegmentationCrop;

type Plan<S> = (width: number, height: number, spec: S, random: Random) => Sampling;
type Apply<S> = (image: Image, spec: S, random: Random, out?: Uint8Array, maskOut?: Uint8Array) => Uint8Array;

/** A transform that is one resampling. */
function resampled<S>(plan: Plan<S>): Apply<S> {
  return (image, spec, random, out) => resample(image, plan(image.width, image.height, spec, random), out);
}

/** Every transform by its type. A new one is a new row here. */
const TRANSFORMS: { [T in TransformSpec['type']]: Apply<Extract<TransformSpec, { type: T }>> } = {
  'random-resized-crop': resampled(planRandomResizedCrop),
  'resize-center-crop': resampled(planResizeCenterCrop),
  'center-crop': resampled(planCenterCrop),
  'resize-exact': resampled(planResizeExact),
  finetune: applyFinetune,
  'segmentation-crop': applySegmentationCrop,
};

/** Whether a transform gives a mask too. */
export const givesMask = ({ type }: TransformSpec): boolean => type === 'segmentation-crop';

/** Which draws an image gets: the same key gives the same transform. */
export interface SampleKey {
  seed: number;
  epoch: number;
  /** Index in the data set. */
  sample: number;
}

/**
 * Transforms one image.
 *
 * @param out receives uint8 `[size, size, 3]`; made when absent
 * @param maskOut receives uint8 `[size, size]` of a transform that gives a mask
 */
export function applyTransform(
  image: Image,
  spec: TransformSpec,
  key: SampleKey,
  out?: Uint8Array,
  maskOut?: Uint8Array,
): Uint8Array {
  const random = createRandom(key.seed, key.epoch, key.sample, 'transform');
  return (TRANSFORMS[spec.type] as Apply<TransformSpec>)(image, spec, random, out, maskOut);
}
