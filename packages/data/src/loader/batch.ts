/** A batch as the loader delivers it. */
export interface Batch {
  /** uint8 `[N, size, size, 3]`, RGB. */
  pixels: Uint8Array;
  /** Class of each sample. */
  labels: Int32Array;
  /** Index in the data set of each sample: with (seed, epoch) it keys every further draw, such as masks. */
  indices: Int32Array;
  shape: [number, number, number, 3];
}
