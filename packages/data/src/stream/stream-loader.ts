import { availableParallelism } from 'node:os';
import { UserError } from '@mfm/cli';
import { checkDegradation } from '../degradation/degrade-image.ts';
import type { Batch } from '../loader/batch.ts';
import { openBatchSupply } from '../loader/batch-supply.ts';
import type { Loader, LoaderOptions } from '../loader/loader.ts';
import type { BatchResult, BatchSettings } from '../loader/make-batch.ts';
import { rankSlots } from '../loader/rank-slots.ts';
import { chooseLanes } from './lane.ts';
import { type LaneSample, readLane } from './lane-reader.ts';
import type { StreamSet } from './stream-set.ts';

/** How streamed shards are turned into training batches. */
export interface StreamLoaderOptions
  extends Pick<LoaderOptions, 'batchSize' | 'part' | 'transform' | 'degradation' | 'seed' | 'workers' | 'prefetch'> {
  /** Encoded images that the shuffle buffers of all lanes hold together. Default 4096: 0.5 GB of ImageNet. */
  buffer?: number;
}

const DEFAULT_BUFFER = 4096;

/**
 * Makes a loader that reads shards from their beginnings to their ends, all of them in every epoch, through shuffle buffers: for data sets too large to be listed, and for file systems
 * that are slow at random access. Memory is that of the buffers, whatever the size of the data.
 *
 * A batch is put together from lanes, each of which reads shards of its own (see `chooseLanes`): ranks share the lanes, so that a number of ranks that divides theirs makes the same
 * batches. What is delivered is a function of (shards, options but for workers and part, seed, epoch) alone. A resumed epoch skips what was delivered without reading it.
 *
 * @throws UserError for options out of range, or fewer images than a batch
 */
export function createStreamLoader(set: StreamSet, options: StreamLoaderOptions): Loader {
  const {
    batchSize,
    part = { rank: 0, ranks: 1 },
    transform,
    degradation,
    seed = 0,
    buffer = DEFAULT_BUFFER,
  } = options;
  const workers = options.workers ?? availableParallelism();
  const prefetch = options.prefetch ?? 2 * Math.max(1, workers);
  if (degradation) checkDegradation(degradation, transform.size);
  const lanes = chooseLanes(set.shards.length, batchSize, part.ranks);
  if (batchSize % lanes !== 0) {
    throw new UserError(
      `createStreamLoader: batchSize must be a multiple of the ranks (${part.ranks}), got ${batchSize}.`,
    );
  }
  const share = batchSize / lanes;
  const batchesPerEpoch = Math.floor(Math.floor(set.length / lanes) / share);
  if (batchesPerEpoch === 0) {
    throw new UserError(
      `createStreamLoader: batchSize must be at most the number of images (${set.length}), got ${batchSize}. Use smaller batches.`,
    );
  }
  const own = Array.from({ length: lanes / part.ranks }, (_, i) => (part.rank * lanes) / part.ranks + i);
  // Places of the whole batch: those of a rank's lanes together are the rank's, so that what mixing pairs stays together.
  const placed = own.flatMap((lane) =>
    [...rankSlots(batchSize, { rank: lane, ranks: lanes })].map((slot, i) => ({ slot, lane, i })),
  );
  const order = [...placed.keys()].sort((a, b) => placed[a]!.slot - placed[b]!.slot);
  const slots = Int32Array.from(order, (at) => placed[at]!.slot);
  const settings: BatchSettings = {
    ...{ store: undefined, labels: new Int32Array(0), transform, degradation, seed, subset: undefined },
    onBad: set.skipBad ? 'replace' : 'throw',
  };
  const supply = openBatchSupply('createStreamLoader', settings, workers, set.badSamples);

  function checkLabel({ label, name }: LaneSample): void {
    if (label >= 0 && label < set.classes.length) return;
    throw new UserError(`openStream: labels must be in [0, ${set.classes.length}), got ${label} for "${name}".`);
  }

  async function take(lane: AsyncGenerator<LaneSample, void, undefined>): Promise<LaneSample[]> {
    const samples: LaneSample[] = [];
    while (samples.length < share) {
      const { value, done } = await lane.next();
      if (done) throw new Error('createStreamLoader: a lane must last for its batches, got an end.');
      checkLabel(value);
      samples.push(value);
    }
    return samples;
  }

  async function* epochBatches(epoch: number, fromBatch = 0): AsyncGenerator<Batch, void, undefined> {
    const size = Math.max(1, Math.floor(buffer / lanes));
    const readers = own.map((lane) => readLane(set, { seed, epoch, lane, lanes }, size, fromBatch * share));
    const read = async (): Promise<LaneSample[]> => {
      const samples = (await Promise.all(readers.map(take))).flat();
      return order.map((at) => samples[at]!);
    };
    const make = async (number: number, reads: Promise<LaneSample[]>): Promise<BatchResult> => {
      const sorted = await reads;
      const indices = Int32Array.from(sorted, ({ index }) => index);
      const { batch, bad } = await supply.make(epoch, indices, {
        bytes: sorted.map(({ bytes }) => bytes),
        labels: Int32Array.from(sorted, ({ label }) => label),
        names: sorted.map(({ name }) => name),
      });
      // Draws that a batch shares are keyed by its first place in the epoch, which all ranks know.
      return { batch: { ...batch, whole: { first: number * batchSize, slots, size: batchSize } }, bad };
    };
    const ahead: Promise<BatchResult>[] = [];
    const depth = workers > 0 ? prefetch : 1;
    // Lanes are read one batch after the other; decoding and transforming overlap.
    let reading: Promise<unknown> = Promise.resolve();
    try {
      for (let next = fromBatch; next < batchesPerEpoch || ahead.length > 0; ) {
        while (next < batchesPerEpoch && ahead.length < depth) {
          const reads = reading.then(read);
          const made = make(next, reads);
          // An error is reported when its batch's turn comes, also if that never happens.
          reading = reads.catch(() => {});
          made.catch(() => {});
          ahead.push(made);
          next++;
        }
        const { batch, bad } = await ahead.shift()!;
        supply.list(bad);
        yield batch;
      }
    } finally {
      await reading;
      for (const reader of readers) await reader.return();
    }
  }

  return {
    batchesPerEpoch,
    epoch: epochBatches,
    close: () => supply.close(),
  };
}
