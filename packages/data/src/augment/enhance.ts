import type { Image } from '../image/image.ts';
import { lookUpAll } from './lookup-table.ts';

const { fround, max, min } = Math;

/** Grey value of a pixel, 0 … 255: Pillow's `convert('L')`, ITU-R 601-2 in 16-bit fixed point. */
function luma(pixels: Uint8Array, p: number): number {
  return (pixels[p]! * 19595 + pixels[p + 1]! * 38470 + pixels[p + 2]! * 7471 + 0x8000) >> 16;
}

/**
 * Pillow's `Image.blend` of bytes: from + factor · (to − from) in float32, clipped and truncated. Products come from a table
 * of the 511 differences.
 */
function blender(factor: number): (from: number, to: number) => number {
  const products = Float32Array.from({ length: 511 }, (_, i) => fround(factor) * (i - 255));
  return (from, to) => max(0, min(255, fround(from + products[to - from + 255]!))) | 0;
}

/** Pillow's `ImageEnhance.Brightness(image).enhance(factor)` in place: 0 is black, 1 no change. */
export function adjustBrightness({ pixels }: Image, factor: number): void {
  const blend = blender(factor);
  lookUpAll(pixels, (v) => blend(0, v));
}

/** Pillow's `ImageEnhance.Contrast(image).enhance(factor)` in place: 0 is the mean grey, 1 no change. */
export function adjustContrast({ pixels }: Image, factor: number): void {
  let sum = 0;
  for (let p = 0; p < pixels.length; p += 3) sum += luma(pixels, p);
  const mean = Math.trunc(sum / (pixels.length / 3) + 0.5);
  const blend = blender(factor);
  lookUpAll(pixels, (v) => blend(mean, v));
}

/** Pillow's `ImageEnhance.Color(image).enhance(factor)` in place: 0 is grey, 1 no change. */
export function adjustSaturation({ pixels }: Image, factor: number): void {
  const blend = blender(factor);
  for (let p = 0; p < pixels.length; p += 3) {
    const grey = luma(pixels, p);
    for (let i = p; i < p + 3; i++) pixels[i] = blend(grey, pixels[i]!);
  }
}

/** Rounded thirteenths: the sum of Pillow's SMOOTH kernel (1 all around, 5 in the middle). No multiple of 1/13 is near a half,
 * so Pillow's float32 sums round to the same bytes. */
const THIRTEENTHS = Uint8Array.from({ length: 255 * 13 + 1 }, (_, sum) => Math.floor(sum / 13 + 0.5));

/**
 * Pillow's `ImageEnhance.Sharpness(image).enhance(factor)` in place: 0 is smoothed, 1 no change, 2 sharpened. The filter leaves
 * the border as it is.
 */
export function adjustSharpness({ pixels, width, height }: Image, factor: number): void {
  const blend = blender(factor);
  const length = width * 3;
  // The original of the row above and of this one: below it nothing is changed yet.
  let [above, current] = [pixels.slice(0, length), new Uint8Array(length)];
  for (let y = 1; y < height - 1; y++) {
    const start = y * length;
    current.set(pixels.subarray(start, start + length));
    for (let i = 3; i < length - 3; i++) {
      const below = start + length + i;
      const top = above[i - 3]! + above[i]! + above[i + 3]!;
      const middle = current[i - 3]! + 5 * current[i]! + current[i + 3]!;
      const bottom = pixels[below - 3]! + pixels[below]! + pixels[below + 3]!;
      pixels[start + i] = blend(THIRTEENTHS[top + middle + bottom]!, current[i]!);
    }
    [above, current] = [current, above];
  }
}
