import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { UserError } from '@mfm/cli';
import type { BatchMaker, BatchResult, BatchSettings } from './make-batch.ts';

/** Main thread to worker. */
export interface WorkerRequest {
  id: number;
  epoch: number;
  indices: Int32Array;
}

/** Worker to main thread. */
export type WorkerReply =
  | { id: number; result: BatchResult }
  | { id: number; error: { message: string; stack: string | undefined; isUserError: boolean } };

interface Pending {
  resolve(result: BatchResult): void;
  reject(error: Error): void;
}

interface Member {
  worker: Worker;
  pending: Map<number, Pending>;
  exited: Promise<void>;
}

// By the package's own name: the same file is found from the sources (tests) and from the build.
const WORKER_FILE = createRequire(import.meta.url).resolve('@mfm/data/loader-worker');

function restoreError({ message, stack, isUserError }: Extract<WorkerReply, { error: unknown }>['error']): Error {
  const error = isUserError ? new UserError(message) : new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}

function startMember(settings: BatchSettings): Member {
  // The caller's flags are for its own script: `--input-type` or a loader of sources would stop the built worker.
  const worker = new Worker(WORKER_FILE, { workerData: settings, execArgv: [] });
  const pending = new Map<number, Pending>();
  const fail = (error: Error) => {
    for (const { reject } of pending.values()) reject(error);
    pending.clear();
  };
  worker.on('message', (reply: WorkerReply) => {
    const waiting = pending.get(reply.id);
    // Given up by `close`, which waits for the thread to end.
    if (!waiting) return;
    pending.delete(reply.id);
    // An idle loader does not keep the process alive.
    if (pending.size === 0) worker.unref();
    if ('error' in reply) waiting.reject(restoreError(reply.error));
    else waiting.resolve(reply.result);
  });
  worker.on('error', (error) => fail(error as Error));
  const exited = new Promise<void>((resolve) => {
    worker.on('exit', (code) => {
      fail(new Error(`createLoader: a worker must live until close, got exit code ${code}.`));
      resolve();
    });
  });
  worker.unref();
  return { worker, pending, exited };
}

/** Lets a thread finish the batch it is at, then ends it. */
async function endWorker({ worker, exited }: Member): Promise<void> {
  worker.ref();
  worker.postMessage('close');
  await exited;
}

/** Makes batches on `count` threads; each goes to the thread with the shortest queue. */
export function startWorkerPool(settings: BatchSettings, count: number): BatchMaker {
  const members = Array.from({ length: count }, () => startMember(settings));
  let nextId = 0;
  let closed = false;
  return {
    make(epoch, indices) {
      if (closed) return Promise.reject(new Error('createLoader: the loader must be open, got a closed one.'));
      const member = members.reduce((best, other) => (other.pending.size < best.pending.size ? other : best));
      const request: WorkerRequest = { id: nextId++, epoch, indices };
      return new Promise((resolve, reject) => {
        if (member.pending.size === 0) member.worker.ref();
        member.pending.set(request.id, { resolve, reject });
        member.worker.postMessage(request);
      });
    },
    async close() {
      closed = true;
      const error = new Error('createLoader: the loader was closed while batches were being made.');
      for (const { pending } of members) {
        for (const { reject } of pending.values()) reject(error);
        pending.clear();
      }
      await Promise.all(members.map(endWorker));
    },
  };
}
