import type { BadSample } from '../dataset/dataset.ts';
import { type BatchMaker, type BatchResult, type BatchSettings, createBatchMaker } from './make-batch.ts';
import { startWorkerPool } from './worker-pool.ts';

/** Where a loader's batches come from. */
export interface BatchSupply extends BatchMaker {
  /** Adds images that could not be read to the data set's list, each once. */
  list(bad: BatchResult['bad']): void;
}

/**
 * A maker of batches that starts with the first of them: threads, or with none of them the caller's.
 *
 * @param caller of the message to those who go on with a closed loader
 * @param badSamples the data set's, added to
 */
export function openBatchSupply(
  caller: string,
  settings: BatchSettings,
  workers: number,
  badSamples: BadSample[],
): BatchSupply {
  const listed = new Set(badSamples.map(({ file }) => file));
  let maker: BatchMaker | undefined;
  let closed = false;
  return {
    make(epoch, indices, given) {
      if (closed) throw new Error(`${caller}: the loader must be open, got a closed one.`);
      maker ??= workers > 0 ? startWorkerPool(settings, workers) : createBatchMaker(settings);
      return maker.make(epoch, indices, given);
    },
    list(bad) {
      for (const { file, reason } of bad) {
        if (listed.has(file)) continue;
        listed.add(file);
        badSamples.push({ file, reason });
      }
    },
    async close() {
      closed = true;
      await maker?.close();
      maker = undefined;
    },
  };
}
