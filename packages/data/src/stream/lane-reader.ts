import { UserError } from '@mfm/cli';
import { createRandom } from '../random/random.ts';
import { laneRanges } from './lane.ts';
import { shuffleWindow } from './shuffle-window.ts';
import type { StreamSet } from './stream-set.ts';
import { type StreamedSample, tarSamples } from './tar-samples.ts';

/** An image as it leaves a lane. */
export interface LaneSample {
  /** Its number in the whole data set: shards one after the other. */
  readonly index: number;
  readonly label: number;
  readonly bytes: Uint8Array;
  /** For messages. */
  readonly name: string;
}

/** Which lane, when. */
export interface LaneKey {
  readonly seed: number;
  readonly epoch: number;
  readonly lane: number;
  readonly lanes: number;
}

/**
 * Images of one lane in the order in which they leave its shuffle buffer: a function of (set, key, size) alone.
 *
 * @param size images held at once, encoded
 * @param skipped so many that have left already: they are not read, and shards of which nothing is left are not opened
 * @throws UserError for a damaged shard, one of another number of images than was counted, and an image without label
 */
export async function* readLane(
  set: StreamSet,
  key: LaneKey,
  size: number,
  skipped = 0,
): AsyncGenerator<LaneSample, void, undefined> {
  const { shards, counts, offsets } = set;
  const ranges = laneRanges(counts, key);
  const length = ranges.reduce((sum, { count }) => sum + count, 0);
  const window = shuffleWindow(length, size, createRandom(key.seed, key.epoch, key.lane, 'stream'));
  for (let i = 0; i < skipped; i++) window.next();
  // As it is now, before it moves on: what has entered and is not held has left.
  const [entered, early] = [window.entered, new Set(window.held)];
  const isWanted = (position: number) => position >= entered || early.has(position);

  async function* flow(): AsyncGenerator<readonly [number, LaneSample], void, undefined> {
    let start = 0;
    for (const { shard, first, count } of ranges) {
      const begin = start;
      start += count;
      const isOwn = (place: number) => place >= first && place < first + count && isWanted(begin + place - first);
      if (start <= entered && ![...early].some((position) => position >= begin && position < start)) continue;
      let places = 0;
      for await (const sample of tarSamples(shards[shard]!, isOwn)) {
        places = sample.place + 1;
        if (isOwn(sample.place)) yield [begin + sample.place - first, toLaneSample(shard, sample)];
        if (places === first + count) break;
      }
      if (places < first + count) throw changed(shards[shard]!, counts[shard]!, places);
    }
  }

  function toLaneSample(shard: number, { place, member, label, bytes }: StreamedSample): LaneSample {
    const name = `${shards[shard]}: ${member}`;
    if (label === undefined) {
      throw new UserError(`openStream: "${member}" in ${shards[shard]} must have a label beside it, got none.`);
    }
    return { index: offsets[shard]! + place, label, bytes: bytes!, name };
  }

  const samples = flow();
  const held = new Map<number, LaneSample>();
  try {
    for (let wanted = window.next(); wanted !== undefined; wanted = window.next()) {
      while (!held.has(wanted)) {
        const { value, done } = await samples.next();
        if (done) throw new Error(`readLane: position ${wanted} must be in the lane, got ${length} positions.`);
        held.set(value[0], value[1]);
      }
      yield held.get(wanted)!;
      held.delete(wanted);
    }
  } finally {
    await samples.return();
  }
}

const changed = (shard: string, expected: number, found: number) =>
  new UserError(
    `openStream: "${shard}" must hold the ${expected} images that meta.json names, got ${found}. Write the shards again, or remove meta.json.`,
  );
