import { type FeatureTable, tableOf } from './feature-table.ts';

/** Where extracted features go, batch by batch. */
export interface FeatureSink {
  /**
   * @param features `[N, dim]`
   * @param labels `[N]`
   * @param indices `[N]`, each image's number in its data set
   */
  append(features: Float32Array, labels: Int32Array, indices: Int32Array): void;
  /** What was appended, as a table. */
  finish(): FeatureTable;
  /** Gives up what was appended: when extraction failed. */
  discard(): void;
}

/** Keeps features in memory. */
export function memorySink(count: number, dim: number): FeatureSink {
  const features = new Float32Array(count * dim);
  const labels = new Int32Array(count);
  let done = 0;
  return {
    append(rows, own) {
      features.set(rows, done * dim);
      labels.set(own, done);
      done += own.length;
    },
    finish: () => tableOf(features.subarray(0, done * dim), labels.subarray(0, done), dim),
    discard: () => {},
  };
}
