import { parentPort } from 'node:worker_threads';
import { type CorruptionJob, corruptBatch } from './corrupt-batch.ts';
import type { CorruptionReply } from './corruption-pool.ts';

// Entry of the pool's threads, reached as the package's subpath `./corruption-worker`. An error ends the thread, and with
// it the evaluation: a corruption that fails on one image would leave a figure that is not what it says.
const port = parentPort!;
port.on('message', ({ id, job }: { id: number; job: CorruptionJob }) => {
  const pixels = corruptBatch(job);
  port.postMessage({ id, pixels } satisfies CorruptionReply, [pixels.buffer]);
});
