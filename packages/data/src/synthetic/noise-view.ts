import { createRandom, type Random } from '../random/random.ts';
import { noiseFields } from './noise-field.ts';

const MIN_FIELD = 64;

/** One noise field seen through a random shift. */
export interface NoiseView {
  field: Float32Array;
  x: number;
  y: number;
}

/** Noise that repeats after `side` pixels, a power of two. */
export interface NoiseSource {
  draw(random: Random): NoiseView;
  at(view: NoiseView, x: number, y: number): number;
}

/**
 * Opens the noise of a split: a function of (seed, split, size) alone.
 *
 * @param size longer side of the images in pixels
 * @param pairs of fields that all images are mixed from
 */
export function openNoise(seed: number, split: string, size: number, pairs: number): NoiseSource {
  let side = MIN_FIELD;
  while (side < size) side *= 2;
  const fields = Array.from({ length: pairs }, (_, i) =>
    noiseFields(side, createRandom(seed, split, i, 'noise')),
  ).flat();
  const wrap = side - 1;
  return {
    draw: (random) => ({
      field: fields[random.integer(fields.length)]!,
      x: random.integer(side),
      y: random.integer(side),
    }),
    at: ({ field, x, y }, px, py) => field[((py + y) & wrap) * side + ((px + x) & wrap)]!,
  };
}
