import { UserError } from '@mfm/cli';
import type { Image } from '../image/image.ts';
import { resample, type Sampling } from '../image/resample.ts';
import { createRandom, type Random } from '../random/random.ts';
import { planRandomResizedCrop, type RandomResizedCrop } from './random-resized-crop.ts';
import { planResizeCenterCrop, type ResizeCenterCrop } from './resize-center-crop.ts';

/** How a decoded image becomes a square of `size` pixels; plain data, so that it can be sent to a worker or written down. */
export type TransformSpec = RandomResizedCrop | ResizeCenterCrop;

type Plan<S extends TransformSpec> = (width: number, height: number, spec: S, random: Random) => Sampling;

/** Every transform by its type. A new one is a new row here. */
const TRANSFORMS: { [T in TransformSpec['type']]: Plan<Extract<TransformSpec, { type: T }>> } = {
  'random-resized-crop': planRandomResizedCrop,
  'resize-center-crop': planResizeCenterCrop,
};

/**
 * The pre-training transform of the official code: RandomResizedCrop (bicubic) and horizontal flip.
 *
 * @param size side of the result in pixels
 * @param options defaults: scale [0.2, 1], ratio [3/4, 4/3], flip 0.5
 */
export function trainTransform(
  size: number,
  options: Partial<Pick<RandomResizedCrop, 'scale' | 'ratio' | 'flip'>> = {},
): TransformSpec {
  const { scale = [0.2, 1], ratio = [3 / 4, 4 / 3], flip = 0.5 } = options;
  const isRange = ([low, high]: readonly [number, number]) => low > 0 && low <= high;
  if (!isRange(scale) || scale[1] > 1) {
    throw new UserError(`trainTransform: scale must be a range in (0, 1], got [${scale.join(', ')}].`);
  }
  if (!isRange(ratio)) {
    throw new UserError(`trainTransform: ratio must be a range above 0, got [${ratio.join(', ')}].`);
  }
  return { type: 'random-resized-crop', size: checkSize('trainTransform', size), scale, ratio, flip };
}

/**
 * The evaluation transform: shorter side to `resize`, centre crop of `size`, bicubic.
 *
 * @param size side of the result in pixels
 * @param resize default: `size` up to 64 pixels (tiny images are used whole), else size · 256/224 as on ImageNet
 */
export function evalTransform(
  size: number,
  resize: number = size <= 64 ? size : Math.floor((size * 256) / 224),
): TransformSpec {
  if (!Number.isInteger(resize) || resize < size) {
    throw new UserError(`evalTransform: resize must be an integer of at least size (${size}), got ${resize}.`);
  }
  return { type: 'resize-center-crop', size: checkSize('evalTransform', size), resize };
}

function checkSize(caller: string, size: number): number {
  if (Number.isInteger(size) && size > 0) return size;
  throw new UserError(`${caller}: size must be a positive integer, got ${size}.`);
}

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
 */
export function applyTransform(image: Image, spec: TransformSpec, key: SampleKey, out?: Uint8Array): Uint8Array {
  const random = createRandom(key.seed, key.epoch, key.sample, 'transform');
  const plan = TRANSFORMS[spec.type] as Plan<TransformSpec>;
  return resample(image, plan(image.width, image.height, spec, random), out);
}
