import { createRandom, type Image } from '@mfm/data';
import { type Corruption, type Severity, TABLE_SIZES, type TableSize } from './corruption.ts';

/**
 * Which of the reference's parameter tables fits an image: the one whose side is nearest to its shorter side, as a ratio.
 * 96 px uses the table for 64, 256 px that for 224.
 */
export function nearestTableSize({ width, height }: { width: number; height: number }): TableSize {
  const side = Math.min(width, height);
  const distance = (size: TableSize) => Math.abs(Math.log(size / side));
  return TABLE_SIZES.reduce((best, size) => (distance(size) < distance(best) ? size : best));
}

/** What the draws of a stochastic corruption depend on, and which table is used. */
export interface CorruptOptions {
  /** Default 0. */
  seed?: number;
  /** Index of the image in its data set; default 0. */
  sample?: number;
  /** Default `nearestTableSize(image)`. */
  tableSize?: TableSize;
  /** From `loadFrostPhotographs`; default: procedural textures. */
  frostTextures?: readonly Image[] | undefined;
}

/**
 * Corrupts one image. A function of (image, corruption, severity, seed, sample) alone.
 *
 * @param image uint8 RGB `[height, width, 3]` of any size; left as it is
 * @returns uint8 `[height, width, 3]`
 */
export function corruptImage(
  image: Image,
  corruption: Corruption,
  severity: Severity,
  { seed = 0, sample = 0, tableSize = nearestTableSize(image), frostTextures }: CorruptOptions = {},
): Uint8Array {
  const random = createRandom(seed, sample, severity, corruption.name);
  return corruption.apply(image, corruption.severities[tableSize][severity - 1], random, {
    tableSize,
    frostTextures,
  });
}
