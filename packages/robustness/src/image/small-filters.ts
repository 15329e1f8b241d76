import { reflect101 } from './reflect.ts';

/** Sums 3×3 neighbourhoods with weights, borders mirrored (reflect 101): OpenCV's default. */
export function correlate3(
  plane: ArrayLike<number>,
  width: number,
  height: number,
  weights: readonly number[],
): Float64Array {
  const [a, b, c, d, e, f, g, h, i] = weights as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const out = new Float64Array(plane.length);
  for (let y = 0; y < height; y++) {
    const above = reflect101(y - 1, height) * width;
    const here = y * width;
    const below = reflect101(y + 1, height) * width;
    for (let x = 0; x < width; x++) {
      const l = x === 0 ? reflect101(-1, width) : x - 1;
      const r = x === width - 1 ? reflect101(width, width) : x + 1;
      out[here + x] =
        plane[above + l]! * a +
        plane[above + x]! * b +
        plane[above + r]! * c +
        plane[here + l]! * d +
        plane[here + x]! * e +
        plane[here + r]! * f +
        plane[below + l]! * g +
        plane[below + x]! * h +
        plane[below + r]! * i;
    }
  }
  return out;
}

const ONES = [1, 1, 1, 1, 1, 1, 1, 1, 1];

/** Mean of 3×3 neighbourhoods: OpenCV's `blur` of float32 values. */
export function boxBlur(plane: Float32Array, width: number, height: number): Float32Array {
  return Float32Array.from(correlate3(plane, width, height, ONES), (sum) => sum * (1 / 9));
}

/** Mean of 3×3 neighbourhoods of bytes, rounded. */
export function boxBlurBytes(plane: Uint8Array, width: number, height: number): Uint8Array {
  return Uint8Array.from(correlate3(plane, width, height, ONES), (sum) => Math.round(sum / 9));
}

/** Spreads the levels of a plane evenly over 0 … 255: OpenCV's `equalizeHist`. */
export function equalizeHistogram(plane: Uint8Array): Uint8Array {
  const counts = new Uint32Array(256);
  for (const level of plane) counts[level]!++;
  const lowest = counts.findIndex((count) => count > 0);
  // A plane of one level stays as it is.
  if (counts[lowest] === plane.length) return plane.slice();
  const scale = Math.fround(255 / (plane.length - counts[lowest]!));
  const levels = new Uint8Array(256);
  let below = 0;
  for (let level = lowest + 1; level < 256; level++) {
    below += counts[level]!;
    levels[level] = Math.min(255, roundHalfEven(Math.fround(below * scale)));
  }
  return plane.map((level) => levels[level]!);
}

/** As C's `lrint`. */
function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}
