import type { Kernel2D } from './disk-kernel.ts';
import { reflect101 } from './reflect.ts';

function pad(image: Float64Array, width: number, height: number, half: number): Float64Array {
  const rowLength = (width + 2 * half) * 3;
  const padded = new Float64Array(rowLength * (height + 2 * half));
  for (let y = -half; y < height + half; y++) {
    const from = reflect101(y, height) * width * 3;
    const to = (y + half) * rowLength;
    for (let x = -half; x < width + half; x++) {
      const source = from + reflect101(x, width) * 3;
      for (let c = 0; c < 3; c++) padded[to + (x + half) * 3 + c] = image[source + c]!;
    }
  }
  return padded;
}

/**
 * Filters an RGB image with a square kernel (correlation), mirrored at the border as OpenCV's `filter2D` does.
 *
 * @param image float64 `[height, width, 3]`
 */
export function filter2D(image: Float64Array, width: number, height: number, kernel: Kernel2D): Float64Array {
  const { side, weights } = kernel;
  const half = (side - 1) / 2;
  const padded = pad(image, width, height, half);
  const rowLength = (width + 2 * half) * 3;
  const out = new Float64Array(image.length);
  // Small disks leave most of the window at zero.
  const taps = Array.from(weights.keys()).filter((k) => weights[k] !== 0);
  const offsets = Int32Array.from(taps, (k) => Math.floor(k / side) * rowLength + (k % side) * 3);
  const values = Float64Array.from(taps, (k) => weights[k]!);
  for (let y = 0; y < height; y++) {
    for (let i = 0; i < width * 3; i++) {
      const at = y * rowLength + i;
      let sum = 0;
      for (let k = 0; k < values.length; k++) sum += values[k]! * padded[at + offsets[k]!]!;
      out[y * width * 3 + i] = sum;
    }
  }
  return out;
}
