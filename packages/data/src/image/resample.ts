import type { Image } from './image.ts';
import { filterImage } from './kernel/filter-image.ts';
import { type ResampleFilter, resampleTaps } from './resample-filter.ts';

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

/**
 * Crops and resizes, byte for byte as Pillow's `image.crop(box).resize(size, BICUBIC)`: antialiased, horizontal pass first,
 * rounded to 8 bits between the passes. Equals torchvision's transforms on PIL images.
 *
 * @param out receives `[window.height, window.width, 3]`; made when absent
 * @throws RangeError when the box lies outside the image
 */
export function resample(image: Image, sampling: Sampling, out?: Uint8Array): Uint8Array {
  const { box, outWidth, outHeight, flip = false, filter = 'bicubic' } = sampling;
  const window = sampling.window ?? { left: 0, top: 0, width: outWidth, height: outHeight };
  const inside = box.left >= 0 && box.top >= 0 && box.width > 0 && box.height > 0;
  if (!inside || box.left + box.width > image.width || box.top + box.height > image.height) {
    const got = `${box.width}×${box.height} at (${box.left}, ${box.top})`;
    throw new RangeError(`resample: the box must lie inside the ${image.width}×${image.height} image, got ${got}.`);
  }
  const result = out ?? new Uint8Array(window.width * window.height * 3);
  const across = resampleTaps(filter, box.width, outWidth, window.left, window.width);
  const down = resampleTaps(filter, box.height, outHeight, window.top, window.height);
  filterImage({ image, left: box.left, top: box.top, width: box.width, across, down, flip }, result);
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
