import { createRequire } from 'node:module';
import { startThreadPool } from '@mfm/cli';
import type { GivenImages } from './image-source.ts';
import type { BatchMaker, BatchResult, BatchSettings } from './make-batch.ts';

/** To a thread: one batch. */
export interface MakeRequest {
  readonly epoch: number;
  readonly indices: Int32Array;
  readonly given: GivenImages | undefined;
}

// By the package's own name: the same file is found from the sources (tests) and from the build.
const WORKER_FILE = createRequire(import.meta.url).resolve('@mfm/data/loader-worker');

/** Makes batches on `count` threads; each goes to the thread with the shortest queue. */
export function startWorkerPool(settings: BatchSettings, count: number): BatchMaker {
  const pool = startThreadPool(WORKER_FILE, count, settings);
  return {
    make: (epoch, indices, given) => {
      const moved = given?.bytes.map(({ buffer }) => buffer as ArrayBuffer) ?? [];
      return pool.request<BatchResult>('make', { epoch, indices, given } satisfies MakeRequest, moved);
    },
    close: () => pool.close(),
  };
}
