import { createRequire } from 'node:module';
import { startThreadPool } from '@mfm/cli';
import type { Image } from '@mfm/data';
import { type CorruptionJob, corruptBatch } from './corrupt-batch.ts';

/** What every thread of the pool is given. */
export interface CorruptionPoolOptions {
  /** From `loadFrostPhotographs`; default: procedural textures. */
  frostTextures?: readonly Image[] | undefined;
}

/** Corrupts batches, several at a time. */
export interface CorruptionPool {
  /** Batches worth having under way at once: enough to keep every thread busy. */
  readonly depth: number;
  /** Resolves to uint8 `[N, H, W, 3]`. Pixels in a SharedArrayBuffer are not copied. */
  corrupt(job: CorruptionJob): Promise<Uint8Array>;
  close(): Promise<void>;
}

/**
 * Starts threads that corrupt batches. What they deliver does not depend on their number.
 *
 * @param workers number of threads; 0 works in the caller's
 */
export function createCorruptionPool(workers: number, options: CorruptionPoolOptions = {}): CorruptionPool {
  if (workers === 0) {
    return { depth: 1, corrupt: async (job) => corruptBatch(job, options.frostTextures), close: async () => {} };
  }
  // By the package's own name: the same file is found from the sources (tests) and from the build.
  const file = createRequire(import.meta.url).resolve('@mfm/robustness/corruption-worker');
  const pool = startThreadPool(file, workers, options);
  return { depth: 2 * workers, corrupt: (job) => pool.request('corrupt', job), close: () => pool.close() };
}
