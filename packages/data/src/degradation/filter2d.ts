import type { PlanarImage } from './planar-image.ts';

/** Mirrors an index at the borders of [0, length), the border pixel itself not repeated: … 2 1 | 0 1 2 … */
function mirror(index: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const within = ((index % period) + period) % period;
  return within < length ? within : period - within;
}

/** Copies a plane with `radius` mirrored pixels around it into rows of `stride` values. */
function pad(image: PlanarImage, start: number, radius: number, stride: number, out: Float64Array): void {
  const { data, width, height } = image;
  const columns = Int32Array.from({ length: width + 2 * radius }, (_, x) => mirror(x - radius, width));
  for (let y = 0; y < height + 2 * radius; y++) {
    const row = start + mirror(y - radius, height) * width;
    const target = y * stride;
    for (let x = 0; x < columns.length; x++) out[target + x] = data[row + columns[x]!]!;
  }
}

/**
 * Filters every plane with one kernel: correlation (the kernel is not flipped), borders mirrored without repeating the edge
 * (reflect-101), sums in float64, not clamped. As OpenCV's `filter2D` on float32 images.
 *
 * @param image float32 `[C, H, W]`
 * @param kernel float64 `[k, k]`, k odd; row = y
 * @returns float32 `[C, H, W]`
 */
export function filter2d(image: PlanarImage, kernel: Float64Array): Float32Array {
  const { data, width, height } = image;
  const size = Math.sqrt(kernel.length);
  if (!Number.isInteger(size) || size % 2 === 0) {
    throw new RangeError(`filter2d: kernel must be square with an odd side, got ${kernel.length} values.`);
  }
  const radius = (size - 1) / 2;
  const area = width * height;
  // Four pixels are made at a time, so rows end in up to three that nobody reads.
  const stride = Math.ceil(width / 4) * 4 + 2 * radius;
  const padded = new Float64Array(stride * (height + 2 * radius));
  const result = new Float32Array(data.length);
  const sums = new Float64Array(4);
  for (let start = 0; start < data.length; start += area) {
    pad(image, start, radius, stride, padded);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x += 4) {
        fourPixels(padded, y * stride + x, stride, kernel, size, sums);
        const left = Math.min(4, width - x);
        for (let i = 0; i < left; i++) result[start + y * width + x + i] = sums[i]!;
      }
    }
  }
  return result;
}

/** Four neighbours in a row: each kernel value and each pixel is loaded once for them, and no sum waits for another. */
function fourPixels(
  source: Float64Array,
  corner: number,
  stride: number,
  kernel: Float64Array,
  size: number,
  sums: Float64Array,
): void {
  let sum0 = 0;
  let sum1 = 0;
  let sum2 = 0;
  let sum3 = 0;
  let tap = 0;
  for (let row = corner, end = corner + size * stride; row < end; row += stride) {
    let p0 = source[row]!;
    let p1 = source[row + 1]!;
    let p2 = source[row + 2]!;
    for (let at = row + 3; at < row + 3 + size; at++) {
      const weight = kernel[tap++]!;
      const p3 = source[at]!;
      sum0 += weight * p0;
      sum1 += weight * p1;
      sum2 += weight * p2;
      sum3 += weight * p3;
      p0 = p1;
      p1 = p2;
      p2 = p3;
    }
  }
  sums[0] = sum0;
  sums[1] = sum1;
  sums[2] = sum2;
  sums[3] = sum3;
}
