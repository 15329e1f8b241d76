import type { TransferListItem } from 'node:worker_threads';
import { startThread, type Thread } from './thread.ts';

/** Threads that answer the same requests, several at a time. */
export type ThreadPool = Omit<Thread, 'pending'>;

/**
 * Starts threads on one file; a request goes to the thread with the least to do.
 *
 * @param file path of a built `.js` file that calls `serveThread`
 * @param count number of threads, at least 1
 * @param workerData what every thread is given at its start
 */
export function startThreadPool(file: string, count: number, workerData?: unknown): ThreadPool {
  const threads = Array.from({ length: count }, () => startThread(file, workerData));
  return {
    request<Result>(method: string, argument: unknown, transfer?: readonly TransferListItem[]) {
      const idlest = threads.reduce((best, other) => (other.pending < best.pending ? other : best));
      return idlest.request<Result>(method, argument, transfer);
    },
    async close() {
      await Promise.all(threads.map((thread) => thread.close()));
    },
  };
}
