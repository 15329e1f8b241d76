import type { Random } from '@mfm/data';

/**
 * A mask of frequencies drawn one by one, an extension of the official masks: each is masked with the probability `ratio`, together with
 * its mirror image, so that what is kept is a real image's spectrum. The mean (DC) is kept.
 *
 * @param size side of the square spectrum in bins
 * @returns uint8 [size, size], 1 = frequency kept, 0 = masked, DC at ⌊size/2⌋
 */
export function scatteredMask(size: number, ratio: number, random: Random): Uint8Array {
  const mask = new Uint8Array(size * size).fill(1);
  const centre = Math.floor(size / 2);
  const mirror = (index: number) => (((2 * centre - index) % size) + size) % size;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const [bin, partner] = [y * size + x, mirror(y) * size + mirror(x)];
      // Each pair is drawn once, at its first bin.
      if (partner < bin) mask[bin] = mask[partner]!;
      else if (bin !== centre * size + centre) mask[bin] = random.uniform() < ratio ? 0 : 1;
    }
  }
  return mask;
}
