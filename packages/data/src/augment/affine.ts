import type { Image } from '../image/image.ts';
import { sampleNearest } from './affine-nearest.ts';

/** How a pixel is found between source pixels; none of them antialiases. */
export type Interpolation = 'nearest' | 'bilinear' | 'bicubic';

/** Red, green and blue, 0 … 255, where the source has no pixel. */
export type Fill = readonly [number, number, number];

/** Maps output to source coordinates: x' = a·x + b·y + c, y' = d·x + e·y + f, pixels with their centres at halves. */
export type AffineMatrix = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** Fills `target` from a copy of the image; sizes are those of the image. */
export type Sampler = (
  source: Uint8Array,
  target: Uint8Array,
  width: number,
  height: number,
  matrix: AffineMatrix,
  fill: Fill,
) => void;

// Local names: under jest every look-up of a global costs more than the comparison.
const { floor, max, min, trunc } = Math;

/** Pillow's cubic through four neighbours: Keys' with a = −1, not the −0.5 of its resize. Orders of sums as in Pillow. */
function cubic(v1: number, v2: number, v3: number, v4: number, t: number): number {
  return v2 + t * (-v1 + v3 + t * (2 * (v1 - v2) + v3 - v4 + t * (-v1 + v2 - v3 + v4)));
}

function sampleBicubic(...[source, target, width, height, matrix, fill]: Parameters<Sampler>): void {
  const [a, b, c, d, e, f] = matrix;
  const [right, bottom] = [width - 1, height - 1];
  const row = (y: number) => max(0, min(y, bottom)) * width * 3;
  for (let y = 0, o = 0; y < height; y++) {
    for (let x = 0; x < width; x++, o += 3) {
      const sourceX = a * (x + 0.5) + b * (y + 0.5) + c;
      const sourceY = d * (x + 0.5) + e * (y + 0.5) + f;
      if (!(sourceX >= 0 && sourceX < width && sourceY >= 0 && sourceY < height)) {
        [target[o], target[o + 1], target[o + 2]] = fill;
        continue;
      }
      const left = floor(sourceX - 0.5);
      const top = floor(sourceY - 0.5);
      const dx = sourceX - 0.5 - left;
      const dy = sourceY - 0.5 - top;
      const x1 = max(0, left - 1) * 3;
      const x2 = max(0, left) * 3;
      const x3 = min(left + 1, right) * 3;
      const x4 = min(left + 2, right) * 3;
      const r2 = row(top);
      if (dy === 0) {
        // The cubic passes through its second value: shears and translations along x need one row of the four.
        for (let i = 0; i < 3; i++) {
          const p = r2 + i;
          const v = cubic(source[p + x1]!, source[p + x2]!, source[p + x3]!, source[p + x4]!, dx);
          target[o + i] = max(0, min(v, 255));
        }
        continue;
      }
      const [r1, r3, r4] = [row(top - 1), row(top + 1), row(top + 2)];
      for (let i = 0; i < 3; i++) {
        const [p1, p2, p3, p4] = [x1 + i, x2 + i, x3 + i, x4 + i];
        const v = cubic(
          cubic(source[r1 + p1]!, source[r1 + p2]!, source[r1 + p3]!, source[r1 + p4]!, dx),
          cubic(source[r2 + p1]!, source[r2 + p2]!, source[r2 + p3]!, source[r2 + p4]!, dx),
          cubic(source[r3 + p1]!, source[r3 + p2]!, source[r3 + p3]!, source[r3 + p4]!, dx),
          cubic(source[r4 + p1]!, source[r4 + p2]!, source[r4 + p3]!, source[r4 + p4]!, dx),
          dy,
        );
        // Stored bytes are truncated, not rounded, as in Pillow.
        target[o + i] = max(0, min(v, 255));
      }
    }
  }
}

function sampleBilinear(...[source, target, width, height, matrix, fill]: Parameters<Sampler>): void {
  const [a, b, c, d, e, f] = matrix;
  const [right, bottom] = [width - 1, height - 1];
  for (let y = 0, o = 0; y < height; y++) {
    for (let x = 0; x < width; x++, o += 3) {
      const sourceX = a * (x + 0.5) + b * (y + 0.5) + c;
      const sourceY = d * (x + 0.5) + e * (y + 0.5) + f;
      if (!(sourceX >= 0 && sourceX < width && sourceY >= 0 && sourceY < height)) {
        [target[o], target[o + 1], target[o + 2]] = fill;
        continue;
      }
      const left = floor(sourceX - 0.5);
      const top = floor(sourceY - 0.5);
      const dx = sourceX - 0.5 - left;
      const dy = sourceY - 0.5 - top;
      const x1 = max(0, left) * 3;
      const x2 = min(left + 1, right) * 3;
      const r1 = max(0, top) * width * 3;
      const r2 = min(top + 1, bottom) * width * 3;
      for (let i = 0; i < 3; i++) {
        const upper = source[r1 + x1 + i]! + (source[r1 + x2 + i]! - source[r1 + x1 + i]!) * dx;
        const lower = source[r2 + x1 + i]! + (source[r2 + x2 + i]! - source[r2 + x1 + i]!) * dx;
        target[o + i] = trunc(upper + (lower - upper) * dy);
      }
    }
  }
}

const SAMPLERS: Record<Interpolation, Sampler> = {
  nearest: sampleNearest,
  bilinear: sampleBilinear,
  bicubic: sampleBicubic,
};

/** The source while its pixels are overwritten; kept because a fresh one for every image costs more than small images' arithmetic. */
let scratch = new Uint8Array(0);

/**
 * Warps an image in place, byte for byte as Pillow's `image.transform(image.size, AFFINE, matrix, interpolation, fillcolor=fill)`
 * (src/libImaging/Geometry.c).
 */
export function affine(
  { pixels, width, height }: Image,
  matrix: AffineMatrix,
  interpolation: Interpolation,
  fill: Fill,
): void {
  if (scratch.length < pixels.length) scratch = new Uint8Array(pixels.length);
  scratch.set(pixels);
  SAMPLERS[interpolation](scratch, pixels, width, height, matrix, fill);
}

/** Python's `round(x, 15)`. */
function round15(x: number): number {
  return Number(x.toFixed(15));
}

/**
 * Rotates an image in place about its centre, byte for byte as Pillow's `image.rotate(degrees, interpolation, fillcolor=fill)`.
 * Pillow transposes at multiples of 90°; there the interpolation meets the pixels exactly and gives the same.
 *
 * @param degrees counter-clockwise
 */
export function rotate(image: Image, degrees: number, interpolation: Interpolation, fill: Fill): void {
  const remainder = degrees % 360;
  const angle = -((remainder < 0 ? remainder + 360 : remainder) * (Math.PI / 180));
  const [cos, sin] = [round15(Math.cos(angle)), round15(Math.sin(angle))];
  const [x, y] = [image.width / 2, image.height / 2];
  const matrix: AffineMatrix = [cos, sin, cos * -x + sin * -y + x, -sin, cos, -sin * -x + cos * -y + y];
  affine(image, matrix, interpolation, fill);
}
