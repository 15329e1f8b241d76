import { reflect101 } from './reflect.ts';

/** A square filter: `weights` is `[side, side]`. */
export interface Kernel2D {
  side: number;
  weights: Float64Array;
}

/** OpenCV's `getGaussianKernel(size, sigma)` in float32. */
function gaussianTaps(size: number, sigma: number): Float32Array {
  const taps = Float64Array.from({ length: size }, (_, i) =>
    Math.exp((-0.5 / (sigma * sigma)) * (i - (size - 1) / 2) ** 2),
  );
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return Float32Array.from(taps, (tap) => tap / sum);
}

function blurRows(values: Float32Array, side: number, taps: Float32Array): Float32Array {
  const half = (taps.length - 1) / 2;
  const out = new Float32Array(values.length);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      let sum = 0;
      for (let k = -half; k <= half; k++) {
        sum = Math.fround(sum + Math.fround(taps[half + k]! * values[y * side + reflect101(x + k, side)]!));
      }
      // Transposed: a second call filters the other axis and turns it back.
      out[x * side + y] = sum;
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
  const half = radius <= 8 ? 8 : radius;
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
  const taps = gaussianTaps(radius <= 8 ? 3 : 5, aliasBlur);
  return { side, weights: Float64Array.from(blurRows(blurRows(disk, side, taps), side, taps)) };
}
