import { availableParallelism } from 'node:os';
import { UserError } from '@mfm/cli';
import type { Dataset } from '../dataset/dataset.ts';
import { checkDegradation, type DegradationSpec } from '../degradation/degrade-image.ts';
import { createRandom } from '../random/random.ts';
import type { TransformSpec } from '../transform/transform.ts';
import type { Batch } from './batch.ts';
import { openBatchSupply } from './batch-supply.ts';
import type { BatchResult, BatchSettings } from './make-batch.ts';
import { type RankOf, rankSlots } from './rank-slots.ts';

/** How a data set is turned into batches. */
export interface LoaderOptions {
  /** Samples per batch; with `part` of all processes together. */
  batchSize: number;
  /** Delivers this process's part of every batch; the other samples are not read. Default: the whole. */
  part?: RankOf;
  transform: TransformSpec;
  /** Also delivers each sample's pixels degraded for a pretext task, keyed by (seed, epoch, sample). Default: not made. */
  degradation?: DegradationSpec;
  /** Keys the order and every draw, together with epoch and sample. Default 0. */
  seed?: number;
  /** A new order every epoch. Default false: in the data set's order. */
  shuffle?: boolean;
  /** Indices of the samples to deliver, in their order. Default: all. */
  subset?: Int32Array;
  /** Leaves out a last batch that is not full. Default false. */
  dropLast?: boolean;
  /** Threads; 0 works in the caller's. Default: 1 for images in memory, else one per core. Never changes what is delivered. */
  workers?: number;
  /** Batches made ahead. Default: two per thread. */
  prefetch?: number;
}

/** Delivers a data set in batches, epoch by epoch. */
export interface Loader {
  readonly batchesPerEpoch: number;
  /**
   * The batches of an epoch, in order, from batch `fromBatch` on (to resume). Ends early on `break`.
   *
   * @throws UserError from the iteration, naming the file, for an undecodable image (unless the data set skips them)
   */
  epoch(epoch: number, fromBatch?: number): AsyncGenerator<Batch, void, undefined>;
  /** Ends all threads, also in the middle of an epoch: an iteration then under way fails. */
  close(): Promise<void>;
}

function requireInteger(name: string, value: number, minimum: number): void {
  if (Number.isInteger(value) && value >= minimum) return;
  throw new UserError(`createLoader: ${name} must be an integer of at least ${minimum}, got ${value}.`);
}

/**
 * Makes a loader. What it delivers is a function of (data set, options, seed, epoch) alone, whatever the number of workers:
 * the order is a permutation keyed by (seed, epoch), a sample's transform is keyed by (seed, epoch, sample).
 *
 * With a data set that skips bad images, one found while shuffling is replaced by a sample drawn by (seed, epoch, sample), so
 * that batches stay full; without shuffling (evaluation) it is left out and its batch is shorter.
 *
 * @throws UserError for options out of range, or when no full batch exists with `dropLast`
 */
export function createLoader(dataset: Dataset, options: LoaderOptions): Loader {
  const { batchSize, transform, degradation, seed = 0, shuffle = false, dropLast = false, subset, part } = options;
  const workers = options.workers ?? (dataset.inMemory ? 1 : availableParallelism());
  const prefetch = options.prefetch ?? 2 * Math.max(1, workers);
  requireInteger('batchSize', batchSize, 1);
  requireInteger('seed', seed, 0);
  requireInteger('workers', workers, 0);
  requireInteger('prefetch', prefetch, 1);
  if (degradation) checkDegradation(degradation, transform.size);
  const stray = subset?.find((index) => dataset.labels[index] === undefined);
  if (stray !== undefined) {
    throw new RangeError(`createLoader: subset must hold indices in [0, ${dataset.length}), got ${stray}.`);
  }
  if (part && !dropLast) throw new Error('createLoader: dropLast must be true with a part of batches, got false.');
  const slots = part && rankSlots(batchSize, part);
  const { length } = subset ?? dataset;
  const batchesPerEpoch = dropLast ? Math.floor(length / batchSize) : Math.ceil(length / batchSize);
  if (batchesPerEpoch === 0) {
    throw new UserError(
      `createLoader: batchSize must be at most the number of samples (${length}), got ${batchSize}. Use smaller batches.`,
    );
  }
  const onBad = !dataset.skipBad ? 'throw' : shuffle ? 'replace' : 'drop';
  const { store, labels } = dataset;
  const settings: BatchSettings = { store, labels, transform, degradation, seed, onBad, subset };
  const supply = openBatchSupply('createLoader', settings, workers, dataset.badSamples);

  async function* epochBatches(epoch: number, fromBatch = 0): AsyncGenerator<Batch, void, undefined> {
    requireInteger('epoch', epoch, 0);
    requireInteger('fromBatch', fromBatch, 0);
    const order = shuffle ? createRandom(seed, epoch, 0, 'order').permutation(length) : undefined;
    const sampleAt = (position: number) => {
      const place = order?.[position] ?? position;
      return subset ? subset[place]! : place;
    };
    const make = (batch: number) => {
      const start = batch * batchSize;
      const count = Math.min(batchSize, length - start);
      const indices = slots
        ? slots.map((slot) => sampleAt(start + slot))
        : Int32Array.from({ length: count }, (_, i) => sampleAt(start + i));
      const made = supply.make(epoch, indices);
      const whole = slots && { first: sampleAt(start), slots, size: batchSize };
      const result = whole ? made.then(({ batch: own, bad }) => ({ batch: { ...own, whole }, bad })) : made;
      // An error is reported when its batch's turn comes, also if that never happens.
      result.catch(() => {});
      return result;
    };
    const ahead: Promise<BatchResult>[] = [];
    // In the caller's thread there is nothing to gain from working ahead.
    const depth = workers > 0 ? prefetch : 1;
    for (let next = fromBatch; next < batchesPerEpoch || ahead.length > 0; ) {
      while (next < batchesPerEpoch && ahead.length < depth) ahead.push(make(next++));
      const { batch, bad } = await ahead.shift()!;
      supply.list(bad);
      if (batch.indices.length === 0) continue;
      // Refill before the caller's work on this batch, not after it.
      if (workers > 0 && next < batchesPerEpoch) ahead.push(make(next++));
      yield batch;
    }
  }

  return {
    batchesPerEpoch,
    epoch: epochBatches,
    close: () => supply.close(),
  };
}
