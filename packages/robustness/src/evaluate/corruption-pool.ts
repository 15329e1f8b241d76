import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { type CorruptionJob, corruptBatch } from './corrupt-batch.ts';

/** Worker to main thread. */
export interface CorruptionReply {
  id: number;
  pixels: Uint8Array;
}

/** Corrupts batches, several at a time. */
export interface CorruptionPool {
  /** Batches worth having under way at once: enough to keep every thread busy. */
  readonly depth: number;
  /** Resolves to uint8 `[N, H, W, 3]`. Pixels in a SharedArrayBuffer are not copied. */
  corrupt(job: CorruptionJob): Promise<Uint8Array>;
  close(): Promise<void>;
}

interface Pending {
  resolve(pixels: Uint8Array): void;
  reject(error: Error): void;
}

interface Member {
  worker: Worker;
  pending: Map<number, Pending>;
}

function startMember(file: string): Member {
  const worker = new Worker(file);
  const pending = new Map<number, Pending>();
  let failure: Error | undefined;
  const fail = (error: Error) => {
    failure ??= error;
    for (const { reject } of pending.values()) reject(failure);
    pending.clear();
  };
  worker.on('message', ({ id, pixels }: CorruptionReply) => {
    pending.get(id)?.resolve(pixels);
    pending.delete(id);
  });
  worker.on('error', (error) => fail(error as Error));
  worker.on('exit', (code) =>
    fail(new Error(`createCorruptionPool: a worker must live until close, got exit ${code}.`)),
  );
  return { worker, pending };
}

/**
 * Starts threads that corrupt batches. What they deliver does not depend on their number.
 *
 * @param workers number of threads; 0 works in the caller's
 */
export function createCorruptionPool(workers: number): CorruptionPool {
  if (workers === 0) return { depth: 1, corrupt: async (job) => corruptBatch(job), close: async () => {} };
  // By the package's own name: the same file is found from the sources (tests) and from the build.
  const file = createRequire(import.meta.url).resolve('@mfm/robustness/corruption-worker');
  const members = Array.from({ length: workers }, () => startMember(file));
  let nextId = 0;
  return {
    depth: 2 * workers,
    corrupt(job) {
      const member = members.reduce((best, other) => (other.pending.size < best.pending.size ? other : best));
      const id = nextId++;
      return new Promise((resolve, reject) => {
        member.pending.set(id, { resolve, reject });
        member.worker.postMessage({ id, job });
      });
    },
    async close() {
      await Promise.all(members.map(({ worker }) => worker.terminate()));
    },
  };
}
