import { createRandom, type Random } from '@mfm/data';

/** What keys the random start of every image of a batch. */
export interface StartKeys {
  readonly seed: number;
  readonly restart: number;
  /** Index in the data set of each image. */
  readonly indices: Int32Array;
}

/** The draws of image i's start: a function of seed, image and restart alone. */
export const startRandom = ({ seed, restart, indices }: StartKeys, i: number): Random =>
  createRandom(seed, indices[i]!, restart, 'attack start');
