import type { PlanarImage } from './planar-image.ts';

/** The source positions and weights of one output line: four taps each. */
interface Taps {
  readonly indices: Int32Array;
  readonly weights: Float64Array;
}

/** Free parameter of the cubic convolution; Pillow's bicubic has −0.5. */
const A = -0.75;
/** Keys' cubic within one pixel of its centre, and from one to two pixels away; x ≥ 0. */
const near = (x: number): number => ((A + 2) * x - (A + 3)) * x * x + 1;
const far = (x: number): number => ((A * x - 5 * A) * x + 8 * A) * x - 4 * A;

function planTaps(from: number, to: number): Taps {
  const indices = new Int32Array(4 * to);
  const weights = new Float64Array(4 * to);
  const scale = from / to;
  for (let out = 0; out < to; out++) {
    // Pixel centres, not corners, are aligned (align_corners = False).
    const position = scale * (out + 0.5) - 0.5;
    const base = Math.floor(position);
    const t = position - base;
    weights.set([far(t + 1), near(t), near(1 - t), far(2 - t)], 4 * out);
    // The border pixel continues outwards.
    for (let tap = 0; tap < 4; tap++) indices[4 * out + tap] = Math.min(from - 1, Math.max(0, base - 1 + tap));
  }
  return { indices, weights };
}

/**
 * Resizes as PyTorch's `F.interpolate(x, size, mode='bicubic')` does: cubic convolution with a = −0.75 over the four nearest
 * pixels, also when it shrinks (no antialiasing), borders repeated, not clamped. Sums are in float64.
 *
 * @param image float32 `[C, H, W]`
 * @param height rows of the result, at least 1
 * @param width columns of the result, at least 1
 * @returns float32 `[C, height, width]`
 */
export function torchBicubicResize(image: PlanarImage, height: number, width: number): PlanarImage {
  const { data: source, width: fromWidth, height: fromHeight } = image;
  const channels = source.length / (fromWidth * fromHeight);
  const rows = planTaps(fromHeight, height);
  const columns = planTaps(fromWidth, width);
  const data = new Float32Array(channels * height * width);
  const line = new Float64Array(fromWidth);
  let at = 0;
  for (let channel = 0; channel < channels; channel++) {
    for (let y = 0; y < height; y++) {
      line.fill(0);
      for (let tap = 4 * y; tap < 4 * y + 4; tap++) {
        const start = (channel * fromHeight + rows.indices[tap]!) * fromWidth;
        const weight = rows.weights[tap]!;
        for (let x = 0; x < fromWidth; x++) line[x]! += weight * source[start + x]!;
      }
      for (let tap = 0; tap < 4 * width; tap += 4) {
        let sum = 0;
        for (let i = tap; i < tap + 4; i++) sum += columns.weights[i]! * line[columns.indices[i]!]!;
        data[at++] = sum;
      }
    }
  }
  return { data, width, height };
}
