import { UserError } from '@mfm/cli';
import { parseRandAugment } from '../augment/parse-rand-augment.ts';
import type { Finetune } from './finetune.ts';
import type { RandomResizedCrop } from './random-resized-crop.ts';
import type { SegmentationCrop } from './segmentation-crop.ts';
import type { TransformSpec } from './transform.ts';

type Crop = Pick<RandomResizedCrop, 'scale' | 'ratio' | 'flip'>;

function checkSize(caller: string, size: number): number {
  if (Number.isInteger(size) && size > 0) return size;
  throw new UserError(`${caller}: size must be a positive integer, got ${size}.`);
}

function checkCrop(caller: string, { scale, ratio, flip }: Crop): void {
  const isRange = ([low, high]: readonly [number, number]) => low > 0 && low <= high;
  if (!isRange(scale) || scale[1] > 1) {
    throw new UserError(`${caller}: scale must be a range in (0, 1], got [${scale.join(', ')}].`);
  }
  if (!isRange(ratio)) {
    throw new UserError(`${caller}: ratio must be a range above 0, got [${ratio.join(', ')}].`);
  }
  if (!(flip >= 0 && flip <= 1)) throw new UserError(`${caller}: flip must be in [0, 1], got ${flip}.`);
}

/**
 * The pre-training transform of the official code: RandomResizedCrop (bicubic) and horizontal flip.
 *
 * @param size side of the result in pixels
 * @param options defaults: scale [0.2, 1], ratio [3/4, 4/3], flip 0.5, bicubic, a crop that does not fit drawn again
 * @throws UserError for an impossible option
 */
export function trainTransform(
  size: number,
  options: Partial<Omit<RandomResizedCrop, 'type' | 'size'>> = {},
): RandomResizedCrop {
  const { scale = [0.2, 1], ratio = [3 / 4, 4 / 3], flip = 0.5, ...rest } = options;
  checkCrop('trainTransform', { scale, ratio, flip });
  return { type: 'random-resized-crop', size: checkSize('trainTransform', size), scale, ratio, flip, ...rest };
}

/** Options of the fine-tuning transform. */
export interface FinetuneOptions extends Partial<Crop> {
  /** Default 'bicubic'. */
  interpolation?: Finetune['interpolation'];
  /** timm's string, or 'none'. Default 'rand-m9-mstd0.5-inc1'. */
  randAugment?: string;
  /** Strength of brightness, contrast and saturation, used when RandAugment is 'none'; 0 is off. Default 0.4. */
  colourJitter?: number;
  /** Mean of the data in [0, 1]: its colour fills what warps bring in. Default ImageNet's. */
  mean?: readonly [number, number, number];
  /** Border in pixels of a crop that is not resized; null for the resized crop. Default 4 up to 32 pixels, else null. */
  padding?: number | null;
}

/** Up to this size the official code crops with a border and does not resize (CIFAR's convention). */
const LARGEST_PADDED = 32;
const IMAGENET_MEAN = [0.485, 0.456, 0.406] as const;

const byte = (value: number) => Math.min(255, Math.round(255 * value));
const meanColour = ([red, green, blue]: readonly [number, number, number]) =>
  [byte(red), byte(green), byte(blue)] as const;

/**
 * The fine-tuning transform of the official code (timm 0.4.12's `create_transform`, up to 8-bit pixels): crop, flip,
 * RandAugment or colour jitter. Random erasing (`eraseRandomly`) and mixing (`mixBatch`) follow on normalised values.
 *
 * @param size side of the result in pixels
 * @param options defaults: scale [0.08, 1], ratio [3/4, 4/3], flip 0.5, and those of `FinetuneOptions`
 * @throws UserError for an impossible option, or an unknown section of the RandAugment string
 */
export function finetuneTransform(size: number, options: FinetuneOptions = {}): Finetune {
  const {
    scale = [0.08, 1],
    ratio = [3 / 4, 4 / 3],
    flip = 0.5,
    interpolation = 'bicubic',
    mean = IMAGENET_MEAN,
  } = options;
  const { randAugment = 'rand-m9-mstd0.5-inc1', colourJitter = 0.4 } = options;
  const { padding = size <= LARGEST_PADDED ? 4 : null } = options;
  checkCrop('finetuneTransform', { scale, ratio, flip });
  if (!(colourJitter >= 0)) {
    throw new UserError(`finetuneTransform: colourJitter must be at least 0, got ${colourJitter}.`);
  }
  if (padding !== null && !(Number.isInteger(padding) && padding >= 0)) {
    throw new UserError(`finetuneTransform: padding must be an integer of at least 0 or null, got ${padding}.`);
  }
  const augment = randAugment === 'none' ? undefined : parseRandAugment(randAugment);
  return {
    type: 'finetune',
    size: checkSize('finetuneTransform', size),
    scale,
    ratio,
    flip,
    interpolation,
    fill: meanColour(mean),
    ...(padding === null ? {} : { padding }),
    ...(augment ? { randAugment: augment } : { colourJitter }),
  };
}

/** Options of segmentation's training transform. */
export interface SegmentationOptions extends Partial<Omit<SegmentationCrop, 'type' | 'size' | 'fill'>> {
  /** Mean of the data in [0, 1]: its colour is that of the border. Default ImageNet's. */
  mean?: readonly [number, number, number];
}

/**
 * The training transform of segmentation: random scale, random crop, flip, distorted colours, a border without a class.
 *
 * @param size side of the crop in pixels
 * @param options defaults: images' own size, ratioRange [0.5, 2], catMaxRatio 0.75, flip 0.5, colours as they are
 * @throws UserError for an impossible option
 */
export function segmentationTransform(size: number, options: SegmentationOptions = {}): SegmentationCrop {
  const { ratioRange = [0.5, 2], catMaxRatio = 0.75, flip = 0.5, mean = IMAGENET_MEAN, ...rest } = options;
  if (!(ratioRange[0] > 0 && ratioRange[0] <= ratioRange[1])) {
    throw new UserError(`segmentationTransform: ratioRange must be a range above 0, got [${ratioRange.join(', ')}].`);
  }
  for (const [name, value] of Object.entries({ catMaxRatio, flip })) {
    if (!(value >= 0 && value <= 1)) {
      throw new UserError(`segmentationTransform: ${name} must be in [0, 1], got ${value}.`);
    }
  }
  const checked = checkSize('segmentationTransform', size);
  return { type: 'segmentation-crop', size: checked, ratioRange, catMaxRatio, flip, fill: meanColour(mean), ...rest };
}

/** Options of the evaluation transform. */
export interface EvalOptions {
  /** Length of the shorter side before the crop, at least the size. */
  resize?: number | undefined;
  /** The same as a share: the shorter side becomes ⌊size / cropRatio⌋ (timm's `crop_pct`); (0, 1]. */
  cropRatio?: number | undefined;
  /** False resizes the whole image to the square instead (official `TEST.CROP: False`). Default true. */
  crop?: boolean | undefined;
  /** Default 'bicubic'. */
  interpolation?: 'bicubic' | 'bilinear' | undefined;
}

/** Up to this size images are used whole. */
const LARGEST_WHOLE = 64;

function defaultResize(size: number, cropRatio: number | undefined): number {
  if (cropRatio !== undefined) return Math.floor(size / cropRatio);
  return size <= LARGEST_WHOLE ? size : Math.floor((size * 256) / 224);
}

/**
 * The evaluation transform: shorter side to `resize`, centre crop of `size`, bicubic; Pillow's bytes.
 *
 * @param size side of the result in pixels
 * @param options options, or `resize` alone; default: `size` up to 64 pixels (tiny images are used whole), else
 *   size · 256/224 as on ImageNet
 * @throws UserError for an impossible option
 */
export function evalTransform(size: number, options: number | EvalOptions = {}): TransformSpec {
  const {
    cropRatio,
    crop = true,
    interpolation,
    ...rest
  } = typeof options === 'number' ? { resize: options } : options;
  checkSize('evalTransform', size);
  const filter = interpolation ? { interpolation } : {};
  if (!crop) return { type: 'resize-exact', size, ...filter };
  if (cropRatio !== undefined && !(cropRatio > 0 && cropRatio <= 1)) {
    throw new UserError(`evalTransform: cropRatio must be in (0, 1], got ${cropRatio}.`);
  }
  const { resize = defaultResize(size, cropRatio) } = rest;
  if (!Number.isInteger(resize) || resize < size) {
    throw new UserError(`evalTransform: resize must be an integer of at least size (${size}), got ${resize}.`);
  }
  return { type: 'resize-center-crop', size, resize, ...filter };
}
