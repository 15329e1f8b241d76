import { parentPort, workerData } from 'node:worker_threads';
import { UserError } from '@mfm/cli';
import { type BatchSettings, createBatchMaker } from './make-batch.ts';
import type { WorkerReply, WorkerRequest } from './worker-pool.ts';

// Entry of the loader's threads, reached as the package's subpath `./loader-worker`.

const port = parentPort!;
const maker = createBatchMaker(workerData as BatchSettings);

async function answer({ id, epoch, indices }: WorkerRequest): Promise<void> {
  try {
    const result = await maker.make(epoch, indices);
    const { pixels, labels, indices: filled } = result.batch;
    const reply: WorkerReply = { id, result };
    port.postMessage(reply, [pixels.buffer as ArrayBuffer, labels.buffer as ArrayBuffer, filled.buffer as ArrayBuffer]);
  } catch (cause) {
    // Structured cloning would lose the class, and with it whether the user is at fault.
    const error = cause instanceof Error ? cause : new Error(String(cause));
    const { message, stack } = error;
    port.postMessage({ id, error: { message, stack, isUserError: error instanceof UserError } } satisfies WorkerReply);
  }
}

// One batch at a time and in order: the main thread keeps each worker's queue short.
let queue = Promise.resolve();
let closing = false;
port.on('message', (request: WorkerRequest | 'close') => {
  if (request !== 'close') {
    queue = queue.then(() => (closing ? undefined : answer(request)));
    return;
  }
  // The batch under way is finished: ending a thread with native decoding in flight is not safe.
  closing = true;
  queue = queue.then(() => maker.close()).then(() => port.close());
});
