import { UserError } from '@mfm/cli';
import type { Image } from '../image/image.ts';
import type { Random } from '../random/random.ts';

/**
 * Cuts a random square out of the image with a black border around it: torchvision's `RandomCrop(size, padding)`. Nothing is
 * resized.
 *
 * @param size side of the result in pixels
 * @param padding width of the border in pixels
 * @param flip mirrors the result horizontally when the draw after the crop's is below it
 * @param out receives uint8 `[size, size, 3]`
 * @throws UserError for an image that is too small even with its border
 */
export function paddedCrop(
  image: Image,
  size: number,
  padding: number,
  flip: number,
  random: Random,
  out: Uint8Array,
): void {
  const [spareX, spareY] = [image.width + 2 * padding - size, image.height + 2 * padding - size];
  if (spareX < 0 || spareY < 0) {
    const got = `${image.width}×${image.height}`;
    throw new UserError(
      `paddedCrop: an image padded by ${padding} must be at least ${size}×${size}, got ${got}. Use a resized crop instead.`,
    );
  }
  const top = random.integer(spareY + 1) - padding;
  const left = random.integer(spareX + 1) - padding;
  const mirror = random.uniform() < flip;
  for (let y = 0, o = 0; y < size; y++) {
    for (let x = 0; x < size; x++, o += 3) {
      const [sourceX, sourceY] = [left + (mirror ? size - 1 - x : x), top + y];
      const inside = sourceX >= 0 && sourceX < image.width && sourceY >= 0 && sourceY < image.height;
      const p = (sourceY * image.width + sourceX) * 3;
      for (let i = 0; i < 3; i++) out[o + i] = inside ? image.pixels[p + i]! : 0;
    }
  }
}
