/** Steps of the 5×5 mask in 1/2¹⁶ pixel: straight, diagonal, a knight's move. */
const fixed = (length: number) => Math.round(Math.fround(length) * 2 ** 16);
const [STRAIGHT, DIAGONAL, KNIGHT] = [fixed(1), fixed(1.4), fixed(2.1969)] as const;

/** Further than any image is wide. */
const FAR = 2 ** 30;

/**
 * Distance of each pixel from the nearest marked one: OpenCV's `distanceTransform` with `DIST_L2` and the 5×5 mask (Borgefors, 1986),
 * which approximates the Euclidean distance by two passes.
 *
 * @param marked not 0 at the pixels from which is measured, `[height, width]`
 * @returns float32 `[height, width]`; far beyond the image's size where nothing is marked
 */
export function distanceTransform(marked: Uint8Array, width: number, height: number): Float32Array {
  const stride = width + 4;
  const distance = new Int32Array(stride * (height + 4)).fill(FAR);
  // Towards the upper left; the way back is its mirror image.
  const steps = [
    [-2 * stride - 1, KNIGHT],
    [-2 * stride + 1, KNIGHT],
    [-stride - 2, KNIGHT],
    [-stride - 1, DIAGONAL],
    [-stride, STRAIGHT],
    [-stride + 1, DIAGONAL],
    [-stride + 2, KNIGHT],
    [-1, STRAIGHT],
  ] as const;
  const relax = (at: number, sign: 1 | -1) => {
    let least = distance[at]!;
    for (const [step, length] of steps) {
      const through = distance[at + sign * step]! + length;
      if (through < least) least = through;
    }
    distance[at] = least;
  };
  for (let y = 0, p = 0; y < height; y++) {
    for (let x = 0, at = (y + 2) * stride + 2; x < width; x++, at++, p++) {
      if (marked[p] !== 0) distance[at] = 0;
      else relax(at, 1);
    }
  }
  const out = new Float32Array(marked.length);
  for (let y = height - 1, p = marked.length - 1; y >= 0; y--) {
    for (let x = width - 1, at = (y + 2) * stride + 2 + x; x >= 0; x--, at--, p--) {
      if (distance[at]! > STRAIGHT) relax(at, -1);
      out[p] = distance[at]! / 2 ** 16;
    }
  }
  return out;
}
