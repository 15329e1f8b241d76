import type { Image } from '@mfm/data';
import { corruptImage } from '../corruption/corrupt-image.ts';
import type { Severity, TableSize } from '../corruption/corruption.ts';
import { findCorruption } from '../corruption/corruption-table.ts';

/** One batch under one corruption; plain data, so that a worker can be sent it. */
export interface CorruptionJob {
  /** uint8 `[N, H, W, 3]`. */
  pixels: Uint8Array;
  shape: readonly [N: number, H: number, W: number, C: 3];
  /** Index in the data set of each image: with `seed` it keys the draws. */
  indices: Int32Array;
  /** Name in the table of corruptions. */
  corruption: string;
  severity: Severity;
  seed: number;
  tableSize: TableSize;
}

/** Corrupts every image of a batch. Returns uint8 `[N, H, W, 3]`. */
export function corruptBatch(job: CorruptionJob, frostTextures?: readonly Image[]): Uint8Array<ArrayBuffer> {
  const { pixels, shape, indices, severity, seed, tableSize } = job;
  const [count, height, width] = shape;
  const corruption = findCorruption(job.corruption);
  const length = height * width * 3;
  const out = new Uint8Array(count * length);
  for (let i = 0; i < count; i++) {
    const image = { pixels: pixels.subarray(i * length, (i + 1) * length), width, height };
    const options = { seed, sample: indices[i]!, tableSize, frostTextures };
    out.set(corruptImage(image, corruption, severity, options), i * length);
  }
  return out;
}
