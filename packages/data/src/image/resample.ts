import type { Image } from './image.ts';
import { PRECISION, type ResampleFilter, resampleTaps, type Taps } from './resample-filter.ts';

/** A rectangle in pixels. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** What part of an image to take and how to bring it to size. */
export interface Sampling {
  /** Cropped first: pixels outside it have no influence. */
  box: Box;
  /** Size the box is resized to. */
  outWidth: number;
  outHeight: number;
  /** Part of the resized image that is wanted; default all of it. Only this part is computed. */
  window?: Box;
  /** Mirrors the result horizontally. */
  flip?: boolean;
  /** Default bicubic. */
  filter?: ResampleFilter;
}

// Local names: under jest every look-up of a global costs more than the comparison.
const { max, min } = Math;

const HALF = 1 << (PRECISION - 1);

/** Between the two passes; kept because a fresh one for every image costs more than small images' arithmetic. */
let scratch = new Uint8Array(0);

function clampByte(value: number): number {
  return max(0, min(value, 255));
}

/** Filters the rows `firstRow …` of the box along x into `out` `[rows, taps, 3]`. */
function resampleRows(image: Image, box: Box, firstRow: number, rows: number, taps: Taps, out: Uint8Array): void {
  const { pixels } = image;
  const { start, count, weights, stride } = taps;
  const width = start.length;
  let o = 0;
  for (let y = 0; y < rows; y++) {
    const row = ((box.top + firstRow + y) * image.width + box.left) * 3;
    for (let x = 0; x < width; x++) {
      let r = HALF;
      let g = HALF;
      let b = HALF;
      let p = row + start[x]! * 3;
      const k = x * stride;
      for (let t = 0; t < count[x]!; t++, p += 3) {
        const w = weights[k + t]!;
        r = (r + w * pixels[p]!) | 0;
        g = (g + w * pixels[p + 1]!) | 0;
        b = (b + w * pixels[p + 2]!) | 0;
      }
      out[o] = clampByte(r >> PRECISION);
      out[o + 1] = clampByte(g >> PRECISION);
      out[o + 2] = clampByte(b >> PRECISION);
      o += 3;
    }
  }
}

/** Filters `source` `[rows from firstRow, width, 3]` along y into `out` `[taps, width, 3]`. */
function resampleColumns(source: Uint8Array, firstRow: number, width: number, taps: Taps, out: Uint8Array): void {
  const { start, count, weights, stride } = taps;
  const rowLength = width * 3;
  const sums = new Int32Array(rowLength);
  for (let y = 0; y < start.length; y++) {
    sums.fill(HALF);
    for (let t = 0; t < count[y]!; t++) {
      const w = weights[y * stride + t]!;
      const p = (start[y]! - firstRow + t) * rowLength;
      for (let i = 0; i < rowLength; i++) sums[i] = (sums[i]! + w * source[p + i]!) | 0;
    }
    const o = y * rowLength;
    for (let i = 0; i < rowLength; i++) out[o + i] = clampByte(sums[i]! >> PRECISION);
  }
}

function flipRows(pixels: Uint8Array, width: number): void {
  for (let row = 0; row < pixels.length; row += width * 3) {
    for (let left = row, right = row + (width - 1) * 3; left < right; left += 3, right -= 3) {
      for (let c = 0; c < 3; c++) {
        const value = pixels[left + c]!;
        pixels[left + c] = pixels[right + c]!;
        pixels[right + c] = value;
      }
    }
  }
}

/**
 * Crops and resizes, byte for byte as Pillow's `image.crop(box).resize(size, BICUBIC)`: antialiased, horizontal pass first,
 * rounded to 8 bits between the passes. Equals torchvision's transforms on PIL images.
 *
 * @param out receives `[window.height, window.width, 3]`; made when absent
 * @throws RangeError when the box lies outside the image
 */
export function resample(image: Image, sampling: Sampling, out?: Uint8Array): Uint8Array {
  const { box, outWidth, outHeight, filter = 'bicubic' } = sampling;
  const window = sampling.window ?? { left: 0, top: 0, width: outWidth, height: outHeight };
  const inside = box.left >= 0 && box.top >= 0 && box.width > 0 && box.height > 0;
  if (!inside || box.left + box.width > image.width || box.top + box.height > image.height) {
    const got = `${box.width}×${box.height} at (${box.left}, ${box.top})`;
    throw new RangeError(`resample: the box must lie inside the ${image.width}×${image.height} image, got ${got}.`);
  }
  const result = out ?? new Uint8Array(window.width * window.height * 3);
  const across = resampleTaps(filter, box.width, outWidth, window.left, window.width);
  const down = resampleTaps(filter, box.height, outHeight, window.top, window.height);
  const last = window.height - 1;
  const firstRow = down.start[0]!;
  const rows = down.start[last]! + down.count[last]! - firstRow;
  const length = rows * window.width * 3;
  if (scratch.length < length) scratch = new Uint8Array(length);
  resampleRows(image, box, firstRow, rows, across, scratch);
  resampleColumns(scratch, firstRow, window.width, down, result);
  if (sampling.flip) flipRows(result, window.width);
  return result;
}

/**
 * Pillow's antialiased bicubic resize of a cropped box (see `resample`).
 *
 * @param pixels uint8 `[height, width, 3]`
 * @param box part of the image that is resized
 * @returns uint8 `[outHeight, outWidth, 3]`
 */
export function resizeBicubic(
  pixels: Uint8Array,
  width: number,
  height: number,
  box: Box,
  outWidth: number,
  outHeight: number,
): Uint8Array {
  return resample({ pixels, width, height }, { box, outWidth, outHeight });
}
