/** The whole of a batch that several processes share. */
export interface WholeBatch {
  /** Index of its first sample as asked for, before a replacement, or of a stream its first place in the epoch: keys the draws that a batch shares. */
  readonly first: number;
  /** Place in the whole of each sample that is here, ascending. */
  readonly slots: Int32Array;
  /** Samples of the whole. */
  readonly size: number;
}

/** A batch as the loader delivers it. */
export interface Batch {
  /** uint8 `[N, size, size, 3]`, RGB. */
  pixels: Uint8Array;
  /** float32 `[N, 3, size, size]`, [0, 1] scale, not clamped: the pixels degraded, if the loader was asked to. */
  degraded?: Float32Array;
  /** uint8 `[N, size, size]`, of a transform that gives masks: the class of every pixel, 255 for none. */
  masks?: Uint8Array;
  /** Class of each sample. */
  labels: Int32Array;
  /** Index in the data set of each sample: with (seed, epoch) it keys every further draw, such as masks. */
  indices: Int32Array;
  shape: [number, number, number, 3];
  /** Where this is one process's part of a batch. */
  whole?: WholeBatch;
}
