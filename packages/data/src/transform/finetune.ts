import type { Fill } from '../augment/affine.ts';
import { jitterColour } from '../augment/colour-jitter.ts';
import { type RandAugment, randAugment } from '../augment/rand-augment.ts';
import type { Image } from '../image/image.ts';
import { resample } from '../image/resample.ts';
import type { Random } from '../random/random.ts';
import { paddedCrop } from './padded-crop.ts';
import { planRandomResizedCrop, type RandomResizedCrop } from './random-resized-crop.ts';

/** The official training transform of fine-tuning: timm 0.4.12's `create_transform(is_training=True)` up to 8-bit pixels. */
export interface Finetune extends Omit<RandomResizedCrop, 'type' | 'interpolation' | 'clamp'> {
  type: 'finetune';
  /** Of the crop and of warps; 'random' draws bilinear or bicubic each time. */
  interpolation: 'bicubic' | 'bilinear' | 'random';
  /** Replaces the random resized crop by a random crop of the image with a black border this wide; nothing is resized. */
  padding?: number;
  randAugment?: RandAugment;
  /** Strength of colour jitter; as in timm, only used without `randAugment`. */
  colourJitter?: number;
  /** Colour of pixels that a warp brings in from outside, by convention the data's mean. */
  fill: Fill;
}

function crop(image: Image, spec: Finetune, random: Random, out: Uint8Array): void {
  if (spec.padding !== undefined) {
    paddedCrop(image, spec.size, spec.padding, spec.flip, random, out);
    return;
  }
  const { size, scale, ratio, flip } = spec;
  const crop = { type: 'random-resized-crop', size, scale, ratio, flip } as const;
  const sampling = planRandomResizedCrop(image.width, image.height, crop, random);
  const drawn =
    spec.interpolation === 'random' ? (['bilinear', 'bicubic'] as const)[random.integer(2)]! : spec.interpolation;
  resample(image, { ...sampling, filter: drawn }, out);
}

/**
 * Crops, mirrors and augments one image.
 *
 * @param out receives uint8 `[size, size, 3]`; made when absent
 */
export function applyFinetune(
  image: Image,
  spec: Finetune,
  random: Random,
  out: Uint8Array = new Uint8Array(spec.size * spec.size * 3),
): Uint8Array {
  crop(image, spec, random, out);
  const cropped = { pixels: out, width: spec.size, height: spec.size };
  const { interpolation, fill } = spec;
  if (spec.randAugment) randAugment(cropped, spec.randAugment, { interpolation, fill }, random);
  else if (spec.colourJitter) jitterColour(cropped, spec.colourJitter, random);
  return out;
}
