/** A line of taps from a pixel in one direction. */
export interface MotionKernel {
  /** Weights of the taps, sum 1. */
  readonly weights: Float64Array;
  /** Where each reads, relative to the pixel: columns and rows. */
  readonly dx: Int32Array;
  readonly dy: Int32Array;
}

/**
 * ImageMagick's motion blur kernel: half a Gaussian on whole steps 0 … 2·radius in the direction of the angle.
 *
 * @param radius in pixels; its ceiling counts
 * @param sigma standard deviation in pixels
 * @param degrees direction, clockwise from the right (y runs down)
 */
export function motionKernel(radius: number, sigma: number, degrees: number): MotionKernel {
  const length = 2 * Math.ceil(radius) + 1;
  const weights = Float64Array.from({ length }, (_, i) => Math.exp(-(i * i) / (2 * sigma * sigma)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const angle = (degrees * Math.PI) / 180;
  const step = (along: number) => Int32Array.from({ length }, (_, i) => Math.ceil(i * along - 0.5));
  return { weights: weights.map((weight) => weight / total), dx: step(Math.cos(angle)), dy: step(Math.sin(angle)) };
}

/** Below this a tap cannot change 1/257 of a level by a thousandth. */
const NEGLIGIBLE = 1e-9;

/**
 * Filters bytes along a line, edges replicated, with ImageMagick's rounding (Q16): to 1/257 level, then down.
 *
 * @param pixels uint8 `[height, width, channels]`
 */
export function motionFilter(
  pixels: Uint8Array,
  width: number,
  height: number,
  channels: number,
  kernel: MotionKernel,
): Uint8Array {
  const taps = kernel.weights.length - 1;
  const count = kernel.weights.findLastIndex((weight) => weight > NEGLIGIBLE) + 1;
  const rowLength = width * channels;
  const margin = taps * channels;
  const padded = padRows(pixels, width, height, channels, taps);
  const paddedLength = rowLength + 2 * margin;
  const sum = new Float64Array(rowLength);
  const out = new Uint8Array(pixels.length);
  for (let y = 0; y < height; y++) {
    sum.fill(0);
    for (let k = 0; k < count; k++) {
      const row = Math.max(0, Math.min(y + kernel.dy[k]!, height - 1));
      const from = row * paddedLength + margin + kernel.dx[k]! * channels;
      const weight = kernel.weights[k]! * 257;
      for (let i = 0; i < rowLength; i++) sum[i]! += weight * padded[from + i]!;
    }
    for (let i = 0, to = y * rowLength; i < rowLength; i++) out[to + i] = Math.floor(sum[i]! + 0.5) / 257;
  }
  return out;
}

/** Replicates the first and the last pixel of each row. */
function padRows(pixels: Uint8Array, width: number, height: number, channels: number, margin: number): Uint8Array {
  const rowLength = width * channels;
  const side = margin * channels;
  const paddedLength = rowLength + 2 * side;
  const padded = new Uint8Array(paddedLength * height);
  for (let y = 0; y < height; y++) {
    const row = pixels.subarray(y * rowLength, (y + 1) * rowLength);
    const to = y * paddedLength;
    padded.set(row, to + side);
    for (let i = 0; i < side; i++) {
      const c = i % channels;
      padded[to + i] = row[c]!;
      padded[to + side + rowLength + i] = row[rowLength - channels + c]!;
    }
  }
  return padded;
}
