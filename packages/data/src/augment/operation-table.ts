import type { Image } from '../image/image.ts';
import type { Random } from '../random/random.ts';
import { affine, type Fill, type Interpolation, rotate } from './affine.ts';
import { adjustBrightness, adjustContrast, adjustSaturation, adjustSharpness } from './enhance.ts';
import { autoContrast, equalise } from './histogram.ts';
import { lookUpAll } from './lookup-table.ts';

/** What the geometric operations need besides their argument. */
export interface WarpSettings {
  interpolation: Interpolation;
  fill: Fill;
}

/** One operation of RandAugment. */
export interface AugmentOperation {
  /** Its argument for a magnitude in [0, 10]; signs are drawn. */
  argument(magnitude: number, random: Random): number;
  /** Changes the image in place, byte for byte as timm 0.4.12 on Pillow. */
  apply(image: Image, argument: number, settings: WarpSettings): void;
  /** Its share where operations are drawn by weight (`w0`). */
  weight: number;
}

/** timm's `_MAX_LEVEL`: the largest magnitude. */
export const MAX_MAGNITUDE = 10;

type Argument = AugmentOperation['argument'];

const share = (magnitude: number) => magnitude / MAX_MAGNITUDE;
const negated = (value: number, random: Random) => (random.uniform() > 0.5 ? -value : value);
const none: Argument = () => 0;
const upTo =
  (limit: number): Argument =>
  (magnitude, random) =>
    negated(share(magnitude) * limit, random);
const truncated =
  (limit: number): Argument =>
  (magnitude) =>
    Math.trunc(share(magnitude) * limit);
const enhancement: Argument = (magnitude) => share(magnitude) * 1.8 + 0.1;
const increasingEnhancement: Argument = (magnitude, random) => 1 + negated(share(magnitude) * 0.9, random);

function posterise({ pixels }: Image, bits: number): void {
  if (bits < 8) lookUpAll(pixels, (v) => v & ~(2 ** (8 - bits) - 1));
}

function solarise({ pixels }: Image, threshold: number): void {
  lookUpAll(pixels, (v) => (v < threshold ? v : 255 - v));
}

function solariseAdd({ pixels }: Image, add: number): void {
  lookUpAll(pixels, (v) => (v < 128 ? v + add : v));
}

function invert({ pixels }: Image): void {
  lookUpAll(pixels, (v) => 255 - v);
}

type Row = readonly [argument: Argument, apply: AugmentOperation['apply'], weight: number];

/** Names and shares as in timm; the order is part of which draw gives which operation. */
const ROWS = {
  AutoContrast: [none, autoContrast, 0.025],
  Equalize: [none, equalise, 0.005],
  Invert: [none, invert, 0],
  Rotate: [upTo(30), (image, degrees, { interpolation, fill }) => rotate(image, degrees, interpolation, fill), 0.3],
  Posterize: [truncated(4), posterise, 0],
  Solarize: [truncated(256), solarise, 0.005],
  SolarizeAdd: [truncated(110), solariseAdd, 0.005],
  Color: [enhancement, adjustSaturation, 0.025],
  Contrast: [enhancement, adjustContrast, 0.005],
  Brightness: [enhancement, adjustBrightness, 0.005],
  Sharpness: [enhancement, adjustSharpness, 0.025],
  ShearX: [
    upTo(0.3),
    (image, x, { interpolation, fill }) => affine(image, [1, x, 0, 0, 1, 0], interpolation, fill),
    0.2,
  ],
  ShearY: [
    upTo(0.3),
    (image, y, { interpolation, fill }) => affine(image, [1, 0, 0, y, 1, 0], interpolation, fill),
    0.2,
  ],
  TranslateXRel: [
    upTo(0.45),
    (image, part, { interpolation, fill }) => affine(image, [1, 0, part * image.width, 0, 1, 0], interpolation, fill),
    0.1,
  ],
  TranslateYRel: [
    upTo(0.45),
    (image, part, { interpolation, fill }) => affine(image, [1, 0, 0, 0, 1, part * image.height], interpolation, fill),
    0.1,
  ],
} satisfies Record<string, Row>;

/** Arguments of the variants that grow stronger with the magnitude; the other operations do so anyway. */
const INCREASING: Partial<Record<keyof typeof ROWS, Argument>> = {
  Posterize: (magnitude) => 4 - Math.trunc(share(magnitude) * 4),
  Solarize: (magnitude) => 256 - Math.trunc(share(magnitude) * 256),
  Color: increasingEnhancement,
  Contrast: increasingEnhancement,
  Brightness: increasingEnhancement,
  Sharpness: increasingEnhancement,
};

function operations(increasing: boolean): Record<string, AugmentOperation> {
  return Object.fromEntries(
    Object.entries(ROWS).map(([name, [argument, apply, weight]]) => {
      const stronger = increasing ? INCREASING[name as keyof typeof ROWS] : undefined;
      const fullName = stronger ? `${name}Increasing` : name;
      return [fullName, { argument: stronger ?? argument, apply, weight }];
    }),
  );
}

/** timm's `_RAND_TRANSFORMS`, by name, in its order. */
export const OPERATIONS: Readonly<Record<string, AugmentOperation>> = operations(false);

/** timm's `_RAND_INCREASING_TRANSFORMS` (`inc1`), by name, in its order. */
export const INCREASING_OPERATIONS: Readonly<Record<string, AugmentOperation>> = operations(true);
