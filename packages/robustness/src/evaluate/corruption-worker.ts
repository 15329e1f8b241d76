import { workerData } from 'node:worker_threads';
import { serveThread } from '@mfm/cli';
import { type CorruptionJob, corruptBatch } from './corrupt-batch.ts';
import type { CorruptionPoolOptions } from './corruption-pool.ts';

// Entry of the pool's threads, reached as the package's subpath `./corruption-worker`.
const { frostTextures } = workerData as CorruptionPoolOptions;

serveThread({
  corrupt(job: CorruptionJob) {
    const result = corruptBatch(job, frostTextures);
    return { result, transfer: [result.buffer] };
  },
});
