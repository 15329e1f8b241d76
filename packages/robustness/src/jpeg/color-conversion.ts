import type { Plane } from './plane.ts';

/** JFIF colours in 16-bit fixed point, with libjpeg's rounding (jccolor.c, jdcolor.c). */
const fix = (x: number) => Math.floor(x * 65536 + 0.5);
const HALF = 1 << 15;
const CENTER = (128 << 16) + HALF - 1;

export type YccPlanes = readonly [y: Plane, cb: Plane, cr: Plane];

/** uint8 RGB `[height, width, 3]` to luma and two chroma planes of full size. */
export function rgbToYcc(pixels: Uint8Array, width: number, height: number): YccPlanes {
  const planes = Array.from({ length: 3 }, () => ({ samples: new Uint8Array(width * height), width, height }));
  const [y, cb, cr] = planes as [Plane, Plane, Plane];
  const [yr, yg, yb] = [fix(0.299), fix(0.587), fix(0.114)];
  const [br, bg, rg, rb, half] = [fix(0.16874), fix(0.33126), fix(0.41869), fix(0.08131), fix(0.5)];
  for (let i = 0, p = 0; i < width * height; i++, p += 3) {
    const r = pixels[p]!;
    const g = pixels[p + 1]!;
    const b = pixels[p + 2]!;
    y.samples[i] = (yr * r + yg * g + yb * b + HALF) >> 16;
    cb.samples[i] = (half * b - br * r - bg * g + CENTER) >> 16;
    cr.samples[i] = (half * r - rg * g - rb * b + CENTER) >> 16;
  }
  return [y, cb, cr];
}

const clampByte = (value: number) => Math.max(0, Math.min(value, 255));

/**
 * Back to RGB. The planes may be wider and higher than the image (block padding); the top left corner is used.
 *
 * @returns uint8 `[height, width, 3]`
 */
export function yccToRgb([y, cb, cr]: YccPlanes, width: number, height: number): Uint8Array {
  const pixels = new Uint8Array(width * height * 3);
  const [rr, bb, gr, gb] = [fix(1.402), fix(1.772), fix(0.71414), fix(0.34414)];
  for (let row = 0, p = 0; row < height; row++) {
    for (let column = 0; column < width; column++, p += 3) {
      const luma = y.samples[row * y.width + column]!;
      const blue = cb.samples[row * cb.width + column]! - 128;
      const red = cr.samples[row * cr.width + column]! - 128;
      pixels[p] = clampByte(luma + ((rr * red + HALF) >> 16));
      pixels[p + 1] = clampByte(luma + ((HALF - gb * blue - gr * red) >> 16));
      pixels[p + 2] = clampByte(luma + ((bb * blue + HALF) >> 16));
    }
  }
  return pixels;
}
