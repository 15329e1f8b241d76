import { UserError } from '@mfm/cli';
import type { Random } from '../random/random.ts';

/** What an erased rectangle is filled with: zeros, one normal value per channel, or normal noise per value. */
export type EraseMode = 'const' | 'rand' | 'pixel';

/** Random erasing as timm 0.4.12's `RandomErasing`; the defaults are those of the official fine-tuning configurations. */
export interface EraseOptions {
  /** Probability that an image is erased at all. Default 0.25. */
  probability?: number;
  /** Default 'pixel'. */
  mode?: EraseMode;
  /** Rectangles per image, which share the area. Default 1. */
  count?: number;
  /** Range of the erased share of the image. Default [0.02, 1/3]. */
  area?: readonly [number, number];
  /** Range of height / width, log-uniform. Default [0.3, 1/0.3]. */
  aspect?: readonly [number, number];
}

const ATTEMPTS = 10;

/** Every mode: the source of a channel's values. */
const FILLS: Record<EraseMode, (random: Random) => () => number> = {
  const: () => () => 0,
  rand: (random) => {
    const value = random.normal();
    return () => value;
  },
  pixel: (random) => () => random.normal(),
};

/**
 * Erases random rectangles of an image (Zhong et al. 2020) in place. It works on normalised values: noise and zeros then have
 * the deviation and mean of the data.
 *
 * @param image float32 `[3, size, size]`, normalised
 * @param size side in pixels
 * @param random the image's stream: all draws come from it
 * @returns the same image
 * @throws UserError for an image of another size or impossible options
 */
export function eraseRandomly<Buffer extends ArrayBufferLike>(
  image: Float32Array<Buffer>,
  size: number,
  options: EraseOptions,
  random: Random,
): Float32Array<Buffer> {
  const { probability = 0.25, mode = 'pixel', count = 1, area = [0.02, 1 / 3], aspect = [0.3, 1 / 0.3] } = options;
  if (image.length !== 3 * size * size) {
    throw new UserError(`eraseRandomly: an image must be [3, ${size}, ${size}], got ${image.length} values.`);
  }
  if (!Object.hasOwn(FILLS, mode)) {
    throw new UserError(`eraseRandomly: mode must be one of ${Object.keys(FILLS).join(', ')}, got "${mode}".`);
  }
  if (!Number.isInteger(count) || count < 1) {
    throw new UserError(`eraseRandomly: count must be a positive integer, got ${count}.`);
  }
  if (random.uniform() > probability) return image;
  for (let box = 0; box < count; box++) {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const target = (random.uniform(area[0], area[1]) * size * size) / count;
      const ratio = Math.exp(random.uniform(Math.log(aspect[0]), Math.log(aspect[1])));
      const height = Math.round(Math.sqrt(target * ratio));
      const width = Math.round(Math.sqrt(target / ratio));
      if (width >= size || height >= size) continue;
      const top = random.integer(size - height + 1);
      const left = random.integer(size - width + 1);
      for (let c = 0; c < 3; c++) {
        const fill = FILLS[mode](random);
        for (let y = top; y < top + height; y++) {
          const row = (c * size + y) * size;
          for (let x = left; x < left + width; x++) image[row + x] = fill();
        }
      }
      break;
    }
  }
  return image;
}
