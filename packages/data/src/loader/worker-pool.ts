import { createRequire } from 'node:module';
import { startThreadPool } from '@mfm/cli';
import type { BatchMaker, BatchResult, BatchSettings } from './make-batch.ts';

/** To a thread: one batch. */
export interface MakeRequest {
  readonly epoch: number;
  readonly indices: Int32Array;
}

// By the package's own name: the same file is found from the sources (tests) and from the build.
const WORKER_FILE = createRequire(import.meta.url).resolve('@mfm/data/loader-worker');

/** Makes batches on `count` threads; each goes to the thread with the shortest queue. */
export function startWorkerPool(settings: BatchSettings, count: number): BatchMaker {
  const pool = startThreadPool(WORKER_FILE, count, settings);
  return {
    make: (epoch, indices) => pool.request<BatchResult>('make', { epoch, indices } satisfies MakeRequest),
    close: () => pool.close(),
  };
}
