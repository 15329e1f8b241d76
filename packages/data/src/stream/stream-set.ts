import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { startProgress, UserError } from '@mfm/cli';
import type { BadSample, Dataset } from '../dataset/dataset.ts';
import { chooseSplit } from '../dataset/split.ts';
import { listShards, listSplits, readClasses, SHARD, splitOf } from '../dataset/webdataset.ts';
import type { ShardEntry, ShardSplit } from '../shard/write-shards.ts';
import { countSamples } from './tar-samples.ts';

/** Shards that are read from their beginnings to their ends: what is known of them is their number of images, not where each is. */
export interface StreamSet extends Pick<Dataset, 'name' | 'split' | 'length' | 'classes' | 'skipBad' | 'badSamples'> {
  readonly inMemory: false;
  /** Paths of the shards. */
  readonly shards: readonly string[];
  /** Images of each shard. */
  readonly counts: readonly number[];
  /** Number of each shard's first image. */
  readonly offsets: readonly number[];
  close(): Promise<void>;
}

/** Fewer shards are counted in seconds. */
const PROGRESS_FROM = 10;

/** Images of each shard by file name, where `pnpm data shard` has written them down. */
async function knownCounts(folder: string): Promise<ReadonlyMap<string, number>> {
  const text = await readFile(join(folder, 'meta.json'), 'utf8').catch(() => '{}');
  const { splits = {} } = JSON.parse(text) as { splits?: Record<string, ShardSplit> };
  const entries: readonly ShardEntry[] = Object.values(splits).flatMap((split) => split.shards);
  return new Map(entries.map(({ file, images }) => [file, images]));
}

/** Counts images, of shards that no `meta.json` names by going through them once. */
async function countAll(shards: readonly string[]): Promise<number[]> {
  const known = await knownCounts(dirname(shards[0]!));
  const unknown = shards.filter((shard) => !known.has(basename(shard)));
  const progress = unknown.length >= PROGRESS_FROM ? startProgress('count images', unknown.length) : undefined;
  const counts: number[] = [];
  let counted = 0;
  try {
    for (const shard of shards) {
      const count = known.get(basename(shard));
      counts.push(count ?? (await countSamples(shard)));
      if (count === undefined) progress?.update(++counted);
    }
  } finally {
    progress?.stop();
  }
  return counts;
}

/**
 * Opens WebDataset shards (a folder of them, or one file) to be streamed. Class names are those of `meta.json`, or else must be asked for.
 *
 * @param options `split`: by name, default `train` where there is one; `skipBad`: undecodable images are replaced
 * @throws UserError for data that are no shards, without classes or images, and for an unknown split
 */
export async function openStream(
  spec: string,
  { split: wanted, skipBad = false }: { split?: string; skipBad?: boolean } = {},
): Promise<StreamSet> {
  const all = await listShards(spec).catch(() => []);
  if (all.length === 0) {
    throw new UserError(
      `openStream: a stream must be of WebDataset shards (.tar, .tar.gz), got "${spec}". Write them with "pnpm data shard", or leave --stream out.`,
    );
  }
  const split = chooseSplit(spec, wanted, await listSplits(spec));
  const shards = all.filter((shard) => split === undefined || splitOf(shard) === split);
  const classes = await readClasses(dirname(shards[0]!));
  if (!classes) {
    throw new UserError(
      `openStream: ${dirname(shards[0]!)} must have a meta.json with "classes", since labels are known only when they are read. ` +
        'Add one: {"classes": ["name", …]}.',
    );
  }
  const counts = await countAll(shards);
  const offsets: number[] = [];
  let length = 0;
  for (const count of counts) {
    offsets.push(length);
    length += count;
  }
  if (length === 0) throw new UserError(`openStream: shards must hold images, got none in ${shards.join(', ')}.`);
  const badSamples: BadSample[] = [];
  const name = basename(spec).replace(SHARD, '');
  return {
    ...{ name, split, length, classes, skipBad, badSamples, inMemory: false, shards, counts, offsets },
    async close() {},
  };
}
