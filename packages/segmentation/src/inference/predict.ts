import { type FitSize, fittedSize, type Image, resample } from '@mfm/data';
import { addProbabilities, largestClass, type Planes, resizePlanes } from './planes.ts';
import type { WindowModel } from './window-model.ts';
import { planWindows } from './windows.ts';

/** How an image becomes a mask. */
export interface PredictOptions {
  /** `slide`: windows of `crop` pixels, `stride` apart, whose logits are averaged where they overlap. `whole`: the image at once. */
  readonly mode: 'slide' | 'whole';
  /** Side of a window in pixels; a model of fixed size has it. */
  readonly crop: number;
  readonly stride: number;
  /** What images are brought to first, keeping their ratio; default their own size. */
  readonly fit?: FitSize | undefined;
  /** Factors of that size, whose probabilities are averaged; default [1]. */
  readonly scales?: readonly number[] | undefined;
  /** Whether the mirrored image is predicted too. */
  readonly flip?: boolean | undefined;
}

/** Sides of whole images are padded to multiples of this: no encoder in use halves them more than five times. */
const DIVISOR = 32;

/** A part of an image as a square or rectangle of its own, with a border where it reaches beyond the image. */
function cutOut(
  { pixels, width, height }: Image,
  left: number,
  top: number,
  outWidth: number,
  outHeight: number,
  fill: readonly number[],
  out: Uint8Array,
): void {
  for (let y = 0, o = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++, o += 3) {
      const inside = top + y < height && left + x < width;
      const p = ((top + y) * width + left + x) * 3;
      for (let c = 0; c < 3; c++) out[o + c] = inside ? pixels[p + c]! : fill[c]!;
    }
  }
}

const blankPlanes = (classCount: number, height: number, width: number): Planes => ({
  ...{ classCount, height, width },
  values: new Float32Array(classCount * height * width),
});

/** Mean of the logits of all windows over each pixel. */
async function slide(model: WindowModel, image: Image, crop: number, stride: number): Promise<Planes> {
  const { width, height } = image;
  const windows = planWindows(width, height, crop, stride);
  const sum = blankPlanes(model.classCount, height, width);
  const counts = new Uint16Array(height * width);
  for (let start = 0; start < windows.length; start += model.batchSize) {
    const part = windows.slice(start, start + model.batchSize);
    const pixels = new Uint8Array(part.length * crop * crop * 3);
    for (const [i, { left, top }] of part.entries()) {
      cutOut(image, left, top, crop, crop, model.fill, pixels.subarray(i * crop * crop * 3));
    }
    const logits = await model.run(pixels, part.length, crop, crop);
    for (const [i, { left, top }] of part.entries())
      addWindow(sum, counts, resizePlanes(logits[i]!, crop, crop), left, top);
  }
  for (let k = 0; k < sum.classCount; k++) {
    const plane = k * counts.length;
    for (let i = 0; i < counts.length; i++) sum.values[plane + i]! /= counts[i]!;
  }
  return sum;
}

/** Adds a window's logits where it lies within the image. */
function addWindow(sum: Planes, counts: Uint16Array, window: Planes, left: number, top: number): void {
  const rows = Math.min(window.height, sum.height - top);
  const columns = Math.min(window.width, sum.width - left);
  for (let k = 0; k < sum.classCount; k++) {
    for (let y = 0; y < rows; y++) {
      const to = (k * sum.height + top + y) * sum.width + left;
      const from = (k * window.height + y) * window.width;
      for (let x = 0; x < columns; x++) sum.values[to + x]! += window.values[from + x]!;
    }
  }
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) counts[(top + y) * sum.width + left + x]!++;
  }
}

/** Logits of the whole image at once: stretched to a model of fixed size, else with a border to sides that it can halve. */
async function whole(model: WindowModel, image: Image): Promise<Planes> {
  const { width, height } = image;
  if (model.side !== undefined) {
    const stretched = resized(image, model.side, model.side);
    const [logits] = await model.run(stretched.pixels, 1, model.side, model.side);
    return resizePlanes(logits!, height, width);
  }
  const [outWidth, outHeight] = [width, height].map((side) => Math.ceil(side / DIVISOR) * DIVISOR) as [number, number];
  const pixels = new Uint8Array(outWidth * outHeight * 3);
  cutOut(image, 0, 0, outWidth, outHeight, model.fill, pixels);
  const [logits] = await model.run(pixels, 1, outHeight, outWidth);
  const full = resizePlanes(logits!, outHeight, outWidth);
  const cut = blankPlanes(model.classCount, height, width);
  addWindow(cut, new Uint16Array(height * width), full, 0, 0);
  return cut;
}

function resized(image: Image, outWidth: number, outHeight: number, mirror = false): Image {
  const { width, height, pixels } = image;
  if (width === outWidth && height === outHeight && !mirror) return image;
  const sampling = { box: { left: 0, top: 0, width, height }, outWidth, outHeight, flip: mirror };
  return {
    pixels: resample({ pixels, width, height }, { ...sampling, filter: 'bilinear' }),
    width: outWidth,
    height: outHeight,
  };
}

/**
 * Predicts the class of every pixel of an image, as mmsegmentation does: the image is resized (Pillow's bilinear filter), logits are brought back to its
 * own size, and with several scales or the mirrored image their softmaxes are averaged.
 *
 * @returns uint8 `[height, width]` at the image's own size
 */
export async function predictMask(model: WindowModel, image: Image, options: PredictOptions): Promise<Uint8Array> {
  const { mode, crop, stride, fit, scales = [1], flip = false } = options;
  const { width, height } = image;
  const logitsOf = async (scale: number, mirror: boolean): Promise<Planes> => {
    const size = fittedSize(width, height, fit, scale);
    const scaled = resized(image, size.width, size.height, mirror);
    return mode === 'slide' ? slide(model, scaled, crop, stride) : whole(model, scaled);
  };
  if (scales.length === 1 && !flip) return largestClass(await logitsOf(scales[0]!, false), height, width);
  const sum = blankPlanes(model.classCount, height, width);
  for (const scale of scales) {
    for (const mirror of flip ? [false, true] : [false]) {
      addProbabilities(sum, resizePlanes(await logitsOf(scale, mirror), height, width), mirror);
    }
  }
  return largestClass(sum, height, width);
}
