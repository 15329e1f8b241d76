import { createRandom } from '../random/random.ts';

/** Consecutive images of one shard. */
export interface ShardRange {
  /** Index in the list of shards. */
  readonly shard: number;
  /** First image in it, and how many. */
  readonly first: number;
  readonly count: number;
}

/**
 * What one lane reads in an epoch: shards in an order of (seed, epoch), cut into lanes of equal length, so that a lane begins and ends within a shard. The few images that lanes
 * cannot share equally are left out; which ones differs from epoch to epoch.
 *
 * @param counts images of each shard
 * @param lane 0 … lanes − 1
 */
export function laneRanges(
  counts: readonly number[],
  { seed, epoch, lane, lanes }: { seed: number; epoch: number; lane: number; lanes: number },
): ShardRange[] {
  const order = createRandom(seed, epoch, 0, 'shards').permutation(counts.length);
  const length = Math.floor(counts.reduce((sum, count) => sum + count, 0) / lanes);
  const [begin, end] = [lane * length, (lane + 1) * length];
  const ranges: ShardRange[] = [];
  let start = 0;
  for (const shard of order) {
    const [from, to] = [Math.max(begin, start), Math.min(end, start + counts[shard]!)];
    if (from < to) ranges.push({ shard, first: from - start, count: to - from });
    start += counts[shard]!;
  }
  return ranges;
}

/** Most lanes: so many ranks train as one process does. */
const MOST_LANES = 64;

/**
 * How many lanes a stream is read in: a function of the data and the batch, not of the ranks, so that any number of ranks that divides it makes the same batches. As many as there
 * are shards for, up to 64, that share a batch in even parts.
 *
 * @param ranks where they do not divide that number, there are as many lanes as ranks
 */
export function chooseLanes(shards: number, batchSize: number, ranks: number): number {
  let lanes = MOST_LANES;
  while (lanes > 1 && (lanes > shards || batchSize % (2 * lanes) !== 0)) lanes /= 2;
  return lanes % ranks === 0 ? lanes : ranks;
}
