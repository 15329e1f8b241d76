import type { Planes } from './planes.ts';

/** A segmenter, as prediction sees it. */
export interface WindowModel {
  /** Classes K. */
  readonly classCount: number;
  /** Side of the square images it takes; undefined where it takes any size. */
  readonly side: number | undefined;
  /** Most windows that it is given at once. */
  readonly batchSize: number;
  /** What a border around smaller images is filled with, 0 … 255 each: the mean colour, so that it is zero after normalisation. */
  readonly fill: readonly [number, number, number];
  /**
   * @param pixels uint8 `[count, height, width, 3]`
   * @returns logits of each window, at a size of the model's own; their memory is used until the next call only
   */
  run(pixels: Uint8Array, count: number, height: number, width: number): Promise<Planes[]>;
}
