import type { Random } from '../random/random.ts';
import type { PlanarImage } from './planar-image.ts';

/**
 * Adds normal noise, not clamped.
 *
 * @param image float32 `[C, H, W]` in [0, 1]
 * @param sigma standard deviation, in the image's scale
 * @param gray one plane of noise for all channels, instead of one each
 * @returns float32 `[C, H, W]`
 */
export function addGaussianNoise(
  image: PlanarImage,
  { sigma, gray }: { sigma: number; gray: boolean },
  random: Random,
): Float32Array {
  const { data, width, height } = image;
  const noise = new Float64Array(gray ? width * height : data.length);
  for (let i = 0; i < noise.length; i++) noise[i] = random.normal(0, sigma);
  return data.map((value, i) => value + noise[i % noise.length]!);
}
