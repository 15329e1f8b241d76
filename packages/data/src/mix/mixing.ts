import type { Box } from '../image/resample.ts';

/** How an image is mixed with its partner: blended, or, with a box, overwritten by the partner inside the box. */
export interface Mixing {
  /** Share of the own image (and label), [0, 1]; 1 leaves it as it is. */
  readonly lambda: number;
  readonly box?: Box | undefined;
}

/** Mixes `partner` into `image`, both float32 `[3, size, size]`, rounded to float32 after each product as PyTorch does. */
function mixInto(image: Float32Array, partner: Float32Array, size: number, { lambda, box }: Mixing): void {
  if (box) {
    for (let c = 0; c < 3; c++) {
      for (let y = box.top; y < box.top + box.height; y++) {
        const start = (c * size + y) * size + box.left;
        image.set(partner.subarray(start, start + box.width), start);
      }
    }
    return;
  }
  if (lambda === 1) return;
  const { fround } = Math;
  const own = fround(lambda);
  const other = fround(1 - lambda);
  for (let i = 0; i < image.length; i++) image[i] = fround(image[i]! * own) + fround(partner[i]! * other);
}

/**
 * Mixes image n with image N − 1 − n, each by its own plan, in place.
 *
 * @param images float32 `[N, 3, size, size]`, N even
 * @param mixings N plans
 */
export function applyMixings(images: Float32Array, size: number, mixings: readonly Mixing[]): void {
  const count = mixings.length;
  const length = 3 * size * size;
  const at = (n: number) => images.subarray(n * length, (n + 1) * length);
  const original = new Float32Array(length);
  for (let n = 0; n < count / 2; n++) {
    const [first, second] = [at(n), at(count - 1 - n)];
    original.set(first);
    mixInto(first, second, size, mixings[n]!);
    mixInto(second, original, size, mixings[count - 1 - n]!);
  }
}
