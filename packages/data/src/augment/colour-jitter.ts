import type { Image } from '../image/image.ts';
import type { Random } from '../random/random.ts';
import { adjustBrightness, adjustContrast, adjustSaturation } from './enhance.ts';

const ADJUSTMENTS = [adjustBrightness, adjustContrast, adjustSaturation];

/**
 * Changes brightness, contrast and saturation in random order, each by a factor uniform in [max(0, 1 − s), 1 + s]: torchvision's
 * `ColorJitter(s, s, s)`, as timm builds it from one number.
 *
 * @param image changed in place
 * @param strength s, at least 0
 */
export function jitterColour(image: Image, strength: number, random: Random): void {
  const order = random.permutation(ADJUSTMENTS.length);
  const factors = ADJUSTMENTS.map(() => random.uniform(Math.max(0, 1 - strength), 1 + strength));
  for (const index of order) ADJUSTMENTS[index]!(image, factors[index]!);
}
