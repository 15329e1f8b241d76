import { type TransferListItem, Worker } from 'node:worker_threads';
import { UserError } from '../user-error.ts';
import type { ThreadReply, ThreadRequest } from './serve-thread.ts';

/** A thread that answers requests one after the other, in their order. */
export interface Thread {
  /** Requests under way or waiting. */
  readonly pending: number;
  /**
   * @param method name in the table that the thread serves
   * @param argument plain data and typed arrays; copied, but for shared memory and what is transferred
   * @throws what the thread's function threw: a UserError stays one
   */
  request<Result>(method: string, argument: unknown, transfer?: readonly TransferListItem[]): Promise<Result>;
  /** Lets the thread finish what it is at and clean up, then ends it; what still waited is rejected. */
  close(): Promise<void>;
}

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

function restoreError({ message, stack, isUserError }: Extract<ThreadReply, { error: unknown }>['error']): Error {
  const error = isUserError ? new UserError(message) : new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}

/**
 * Starts a thread on a file that calls `serveThread`. An idle one does not keep the process alive.
 *
 * @param file path of a built `.js` file
 * @param workerData what the thread is given at its start
 */
export function startThread(file: string, workerData?: unknown): Thread {
  // The caller's flags are for its own script: `--input-type` or a loader of sources would stop the built worker.
  const worker = new Worker(file, { workerData, execArgv: [] });
  const waiting = new Map<number, Waiting>();
  let [nextId, ended] = [0, undefined as Error | undefined];
  const fail = (error: Error) => {
    ended ??= error;
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  };
  worker.on('message', (reply: ThreadReply) => {
    const request = waiting.get(reply.id);
    if (!request) return;
    waiting.delete(reply.id);
    if (waiting.size === 0) worker.unref();
    if ('error' in reply) request.reject(restoreError(reply.error));
    else request.resolve(reply.result);
  });
  worker.on('error', (error) => fail(error as Error));
  const exited = new Promise<void>((resolve) => {
    worker.on('exit', (code) => {
      fail(new Error(`startThread: a thread must live until close, got exit code ${code}.`));
      resolve();
    });
  });
  worker.unref();
  return {
    get pending() {
      return waiting.size;
    },
    request<Result>(method: string, argument: unknown, transfer: readonly TransferListItem[] = []) {
      if (ended) return Promise.reject(ended);
      const id = nextId++;
      return new Promise<Result>((resolve, reject) => {
        if (waiting.size === 0) worker.ref();
        waiting.set(id, { resolve: resolve as Waiting['resolve'], reject });
        worker.postMessage({ id, method, argument } satisfies ThreadRequest, transfer);
      });
    },
    async close() {
      if (ended) return exited;
      fail(new Error('startThread: the thread must be open, got a closed one.'));
      worker.ref();
      worker.postMessage('close');
      await exited;
    },
  };
}
