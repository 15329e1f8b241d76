import { reflect101 } from './reflect.ts';

/** `[a, b, c, d, e, f]`: x' = ax + by + c, y' = dx + ey + f. */
export type Affine = readonly [number, number, number, number, number, number];

/** [x, y] */
export type Point = readonly [number, number];

/** The map that takes three points to three others (OpenCV's `getAffineTransform`); undefined when they lie on a line. */
export function affineThrough(from: readonly Point[], to: readonly Point[]): Affine | undefined {
  const [[x0, y0], [x1, y1], [x2, y2]] = from as [Point, Point, Point];
  const determinant = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0);
  if (determinant === 0) return undefined;
  const row = (axis: 0 | 1): [number, number, number] => {
    const [v0, v1, v2] = to.map((point) => point[axis]) as [number, number, number];
    const a = ((v1 - v0) * (y2 - y0) - (v2 - v0) * (y1 - y0)) / determinant;
    const b = ((v2 - v0) * (x1 - x0) - (v1 - v0) * (x2 - x0)) / determinant;
    return [a, b, v0 - a * x0 - b * y0];
  };
  return [...row(0), ...row(1)];
}

function invert([a, b, c, d, e, f]: Affine): Affine {
  const scale = 1 / (a * e - b * d);
  const [ia, ib, id, ie] = [e * scale, -b * scale, -d * scale, a * scale];
  return [ia, ib, -ia * c - ib * f, id, ie, -id * c - ie * f];
}

/** Half to even, as C's `lrint`. */
function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Positions are kept in 1/1024 pixel, samples taken at 1/32. */
const FINE = 1024;
const STEPS = 32;

const { fround } = Math;

/**
 * OpenCV's `warpAffine` of a float32 image, bilinear, borders mirrored (reflect 101): sampling positions are rounded to 1/32 px, and
 * sums are float32.
 *
 * @param image float32 `[height, width, 3]`
 * @param forward takes a source position to its place in the result
 * @returns float32 `[height, width, 3]`
 */
export function warpAffine(image: Float32Array, width: number, height: number, forward: Affine): Float32Array {
  const [a, b, c, d, e, f] = invert(forward);
  const fine = (value: number) => roundHalfEven(value * FINE);
  const stepX = Int32Array.from({ length: width }, (_, x) => fine(a * x));
  const stepY = Int32Array.from({ length: width }, (_, x) => fine(d * x));
  const half = FINE / STEPS / 2;
  const out = new Float32Array(image.length);
  for (let y = 0, o = 0; y < height; y++) {
    const startX = fine(b * y + c) + half;
    const startY = fine(e * y + f) + half;
    for (let x = 0; x < width; x++) {
      const atX = (startX + stepX[x]!) >> 5;
      const atY = (startY + stepY[x]!) >> 5;
      const left = atX >> 5;
      const top = atY >> 5;
      const fx = (atX & 31) / STEPS;
      const fy = (atY & 31) / STEPS;
      const isInside = left >= 0 && top >= 0 && left < width - 1 && top < height - 1;
      const x0 = isInside ? left : reflect101(left, width);
      const x1 = isInside ? left + 1 : reflect101(left + 1, width);
      const y0 = isInside ? top : reflect101(top, height);
      const y1 = isInside ? top + 1 : reflect101(top + 1, height);
      const corners = [
        (y0 * width + x0) * 3,
        (y0 * width + x1) * 3,
        (y1 * width + x0) * 3,
        (y1 * width + x1) * 3,
      ] as const;
      // Products of steps of 1/32 are exact in float32.
      const [w0, w1, w2, w3] = [(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy];
      for (let k = 0; k < 3; k++, o++) {
        const upper = fround(fround(image[corners[0] + k]! * w0) + fround(image[corners[1] + k]! * w1));
        out[o] = fround(fround(upper + fround(image[corners[2] + k]! * w2)) + fround(image[corners[3] + k]! * w3));
      }
    }
  }
  return out;
}
