import { workerData } from 'node:worker_threads';
import { serveThread } from '@mfm/cli';
import { type BatchSettings, createBatchMaker } from './make-batch.ts';
import type { MakeRequest } from './worker-pool.ts';

// Entry of the loader's threads, reached as the package's subpath `./loader-worker`.

const maker = createBatchMaker(workerData as BatchSettings);

serveThread(
  {
    async make({ epoch, indices, given }: MakeRequest) {
      const result = await maker.make(epoch, indices, given);
      const { pixels, degraded, masks, labels, indices: filled } = result.batch;
      const arrays = [pixels, labels, filled, ...(degraded ? [degraded] : []), ...(masks ? [masks] : [])];
      return { result, transfer: arrays.map(({ buffer }) => buffer as ArrayBuffer) };
    },
  },
  () => maker.close(),
);
