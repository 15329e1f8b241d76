import type { Image } from '@mfm/data';
import { gaussianFilter } from '../image/gaussian-filter.ts';
import { toBytes, toUnit } from '../image/unit-image.ts';
import { stochastic } from './corruption.ts';

/** [standard deviation of the blur, largest shift in pixels, rounds] */
type GlassParameters = readonly [sigma: number, reach: number, rounds: number];

/** How many pixels one round visits: not the margin, from which a shift could leave the image. */
const visited = ({ width, height }: Image, reach: number) =>
  Math.max(0, width - 2 * reach) * Math.max(0, height - 2 * reach);

/**
 * Takes each pixel from a place nearby, going through the image backwards, so that what was moved is moved on. The
 * reference means to swap the two, but its row views alias: the first assignment is lost, and it copies.
 *
 * @param shifts [dx, dy] per visited pixel
 */
function shuffle(pixels: Uint8Array, width: number, height: number, reach: number, shifts: Int8Array): void {
  for (let at = 0; at < shifts.length; ) {
    for (let y = height - reach; y > reach; y--) {
      for (let x = width - reach; x > reach; x--, at += 2) {
        const to = (y * width + x) * 3;
        const from = to + (shifts[at + 1]! * width + shifts[at]!) * 3;
        pixels[to] = pixels[from]!;
        pixels[to + 1] = pixels[from + 1]!;
        pixels[to + 2] = pixels[from + 2]!;
      }
    }
  }
}

/**
 * Seen through frosted glass: blurred, pixels shuffled locally, blurred again. Draws: int8 [dx, dy] of each pixel in the order
 * of visiting (rounds, rows from below, columns from the right), each in [−reach, reach).
 */
export const glassBlur = stochastic<GlassParameters, Int8Array>({
  name: 'glass_blur',
  category: 'blur',
  extra: false,
  severities: {
    32: [
      [0.05, 1, 1],
      [0.25, 1, 1],
      [0.4, 1, 1],
      [0.25, 1, 2],
      [0.4, 1, 2],
    ],
    64: [
      [0.1, 1, 1],
      [0.5, 1, 1],
      [0.6, 1, 2],
      [0.7, 2, 1],
      [0.9, 2, 2],
    ],
    224: [
      [0.7, 1, 2],
      [0.9, 2, 1],
      [1, 2, 3],
      [1.1, 3, 2],
      [1.5, 4, 2],
    ],
    299: [
      [0.8, 1, 3],
      [1, 3, 1],
      [1.1, 2, 4],
      [1.2, 4, 2],
      [1.6, 5, 2],
    ],
  },
  draw(image, [, reach, rounds], random) {
    const words = random.words(rounds * visited(image, reach));
    const shifts = new Int8Array(2 * words.length);
    const side = 2 * reach;
    for (let i = 0; i < words.length; i++) {
      // One word for both; what its range leaves uneven is below 1 in 10⁷.
      const pair = Math.floor(words[i]! * ((side * side) / 2 ** 32));
      shifts[2 * i] = (pair % side) - reach;
      shifts[2 * i + 1] = Math.floor(pair / side) - reach;
    }
    return shifts;
  },
  replay({ pixels, width, height }, [sigma, reach], shifts) {
    const shuffled = toBytes(gaussianFilter(toUnit(pixels), width, height, 3, sigma));
    shuffle(shuffled, width, height, reach, shifts);
    return toBytes(gaussianFilter(toUnit(shuffled), width, height, 3, sigma));
  },
});
