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
 * Filters an RGB image with a square kernel that is symmetric about both axes, mirrored at the border as OpenCV's `filter2D`
 * does. The symmetry is used: opposite pixels are added first, which leaves a quarter of the products.
 *
 * @param image float64 `[height, width, 3]`
 */
export function filter2D(image: Float64Array, width: number, height: number, kernel: Kernel2D): Float64Array {
  const { side, weights } = kernel;
  const center = (side - 1) / 2;
  // Small disks leave most of the window at zero: half the side of the square that holds the others.
  const distance = (k: number) => Math.max(Math.abs((k % side) - center), Math.abs(Math.floor(k / side) - center));
  const half = weights.reduce((reach, weight, k) => (weight === 0 ? reach : Math.max(reach, distance(k))), 0);
  const padded = pad(image, width, height, half);
  const rowLength = width * 3;
  const paddedLength = rowLength + 6 * half;
  const out = new Float64Array(image.length);
  const sum = new Float64Array(rowLength);
  const pair = new Float64Array(paddedLength);
  for (let y = 0; y < height; y++) {
    sum.fill(0);
    for (let dy = half; dy >= 0; dy--) {
      const above = (y + half - dy) * paddedLength;
      const below = (y + half + dy) * paddedLength;
      for (let i = 0; i < paddedLength; i++)
        pair[i] = dy === 0 ? padded[above + i]! : padded[above + i]! + padded[below + i]!;
      for (let dx = half; dx >= 0; dx--) {
        const weight = weights[(center + dy) * side + center + dx]!;
        if (weight === 0) continue;
        const left = (half - dx) * 3;
        const right = (half + dx) * 3;
        if (dx === 0) for (let i = 0; i < rowLength; i++) sum[i]! += weight * pair[left + i]!;
        else for (let i = 0; i < rowLength; i++) sum[i]! += weight * (pair[left + i]! + pair[right + i]!);
      }
    }
    out.set(sum, y * rowLength);
  }
  return out;
}
