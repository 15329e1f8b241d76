import { reflect101 } from './reflect.ts';

/** A square filter, symmetric about both axes: `weights` is `[side, side]`, `side` odd. */
export interface Kernel2D {
  side: number;
  weights: Float64Array;
}

/** The middle and the right half of OpenCV's `getGaussianKernel(size, sigma)` in float32. */
function gaussianTaps(size: number, sigma: number): Float32Array {
  const center = (size - 1) / 2;
  const taps = Float64Array.from({ length: size }, (_, i) => Math.exp((-0.5 / (sigma * sigma)) * (i - center) ** 2));
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return Float32Array.from(taps.subarray(center), (tap) => tap / sum);
}

/** Fused multiply-add in float32 (one rounding), as OpenCV's vector code: the product of two float32 is exact here. */
const multiplyAdd = (a: number, b: number, c: number) => Math.fround(a * b + c);

type Sum = (center: number, pairs: readonly number[], taps: Float32Array) => number;

/** `pairs[k]` is the sum of the two values k + 1 away; `taps` runs from the centre outwards. */
const sumFromCenter: Sum = (center, pairs, taps) =>
  pairs.reduce((sum, pair, k) => multiplyAdd(pair, taps[k + 1]!, sum), Math.fround(center * taps[0]!));

/** OpenCV's three-tap row filter starts with the outer pair; the order shows in the last bit. */
const sumThreeTaps: Sum = (center, pairs, taps) => multiplyAdd(center, taps[0]!, Math.fround(pairs[0]! * taps[1]!));

/** Filters along x and returns the transpose, so that a second call filters the other axis and turns the result back. */
function blurTransposed(values: Float32Array, side: number, taps: Float32Array, sum: Sum): Float32Array {
  const out = new Float32Array(values.length);
  for (let y = 0; y < side; y++) {
    const at = (x: number) => values[y * side + reflect101(x, side)]!;
    for (let x = 0; x < side; x++) {
      const pairs = Array.from({ length: taps.length - 1 }, (_, k) => Math.fround(at(x - k - 1) + at(x + k + 1)));
      out[x * side + y] = sum(at(x), pairs, taps);
    }
  }
  return out;
}

/**
 * The defocus kernel of ImageNet-C: a disk of constant weight, its edge softened by a small Gaussian. Computed in
 * float32 as the reference does. For radii that fill the window (8 to 12) the blur reflects weight back at the border,
 * so the sum is up to 1.3 % above 1: a property of the published images, kept.
 *
 * @param radius in pixels, may be fractional
 * @param aliasBlur standard deviation of the softening
 */
export function diskKernel(radius: number, aliasBlur: number): Kernel2D {
  const half = Math.max(8, radius);
  const side = 2 * half + 1;
  const disk = new Float32Array(side * side);
  let count = 0;
  for (let y = -half; y <= half; y++) {
    for (let x = -half; x <= half; x++) {
      if (x * x + y * y > radius * radius) continue;
      disk[(y + half) * side + x + half] = 1;
      count++;
    }
  }
  for (let i = 0; i < disk.length; i++) disk[i] = disk[i]! / count;
  const small = radius <= 8;
  const taps = gaussianTaps(small ? 3 : 5, aliasBlur);
  const rows = blurTransposed(disk, side, taps, small ? sumThreeTaps : sumFromCenter);
  return { side, weights: Float64Array.from(blurTransposed(rows, side, taps, sumFromCenter)) };
}
