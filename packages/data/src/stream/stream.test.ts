import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { UserError } from '@mfm/cli';
import fc from 'fast-check';
import type { Batch } from '../loader/batch.ts';
import { createRandom } from '../random/random.ts';
import { encodeTestImage, inFolder, makeTar, writeTree } from '../testing/image-files.ts';
import { trainTransform } from '../transform/create-transform.ts';
import { chooseLanes, laneRanges } from './lane.ts';
import { readLane } from './lane-reader.ts';
import { shuffleWindow } from './shuffle-window.ts';
import { createStreamLoader, type StreamLoaderOptions } from './stream-loader.ts';
import { openStream } from './stream-set.ts';

/** Shards of 5, 6, 7 and 8 images, four of them compressed alike; image i has class i mod 3. */
async function writeSet(folder: string, suffix = '.tar', damaged: readonly number[] = []): Promise<string> {
  let tag = 0;
  for (const [shard, count] of [5, 6, 7, 8].entries()) {
    const members: [string, Uint8Array | string][] = [];
    for (let i = 0; i < count; i++, tag++) {
      const key = String(tag).padStart(3, '0');
      const image = damaged.includes(tag) ? 'damaged' : await encodeTestImage(20, 18, tag);
      members.push([`${key}.png`, image], [`${key}.cls`, String(tag % 3)], [`${key}.json`, '{}']);
    }
    await writeTree(folder, { [`set-train-${shard}${suffix}`]: await makeTar(members, suffix !== '.tar') });
  }
  await writeTree(folder, { 'meta.json': JSON.stringify({ classes: ['a', 'b', 'c'] }) });
  return folder;
}

const OPTIONS: StreamLoaderOptions = { batchSize: 8, transform: trainTransform(8), seed: 3, workers: 0, buffer: 8 };

async function collect(folder: string, options: Partial<StreamLoaderOptions> = {}, epoch = 0, from = 0) {
  const set = await openStream(folder, { skipBad: true });
  const loader = createStreamLoader(set, { ...OPTIONS, ...options });
  const batches: Batch[] = [];
  for await (const batch of loader.epoch(epoch, from)) batches.push(batch);
  await loader.close();
  return { batches, set };
}

const plain = ({ pixels, labels, indices }: Batch) => [Buffer.from(pixels).toString('hex'), [...labels], [...indices]];

describe('shuffleWindow', () => {
  it('gives every position once, none before it has entered, and holds at most its size', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.integer({ min: 1, max: 12 }), fc.nat(99), (length, size, seed) => {
        const window = shuffleWindow(length, size, createRandom(seed));
        const left: number[] = [];
        for (let at = window.next(); at !== undefined; at = window.next()) {
          expect(at).toBeLessThan(left.length + size);
          expect(window.held.length).toBeLessThan(size);
          left.push(at);
        }
        expect([...left].sort((a, b) => a - b)).toEqual(Array.from({ length }, (_, i) => i));
      }),
    );
  });
});

describe('lanes', () => {
  it('share the images of all shards equally, each once, in another order every epoch', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 4, maxLength: 12 }),
        fc.nat(9),
        (counts, epoch) => {
          const total = counts.reduce((a, b) => a + b, 0);
          const seen = new Set<string>();
          for (let lane = 0; lane < 4; lane++) {
            const ranges = laneRanges(counts, { seed: 1, epoch, lane, lanes: 4 });
            expect(ranges.reduce((sum, { count }) => sum + count, 0)).toBe(Math.floor(total / 4));
            for (const { shard, first, count } of ranges) {
              expect(first + count).toBeLessThanOrEqual(counts[shard]!);
              for (let i = first; i < first + count; i++) seen.add(`${shard} ${i}`);
            }
          }
          expect(seen.size).toBe(4 * Math.floor(total / 4));
        },
      ),
    );
  });

  it.each([
    [1000, 2048, 1, 64],
    [1000, 2048, 16, 64],
    [10, 256, 4, 8],
    [1, 256, 1, 1],
    [1000, 24, 3, 3],
    [1000, 2048, 128, 128],
  ])('of %i shards, batches of %i and %i ranks: %i', (shards, batchSize, ranks, lanes) => {
    expect(chooseLanes(shards, batchSize, ranks)).toBe(lanes);
  });
});

describe('createStreamLoader', () => {
  it.each(['.tar', '.tar.gz'])(
    'delivers every image once an epoch, with its label, whatever the workers (%s)',
    (suffix) =>
      inFolder(async (folder) => {
        await writeSet(folder, suffix);
        const { batches } = await collect(folder);
        expect(batches).toHaveLength(3);
        const indices = batches.flatMap((batch) => [...batch.indices]);
        expect(new Set(indices).size).toBe(24);
        for (const { labels, indices: own } of batches) expect([...labels]).toEqual([...own].map((index) => index % 3));
        expect(indices).not.toEqual([...indices].sort((a, b) => a - b));
        expect((await collect(folder, { workers: 2 })).batches.map(plain)).toEqual(batches.map(plain));
        const second = await collect(folder, {}, 1);
        expect(second.batches.flatMap((batch) => [...batch.indices])).not.toEqual(indices);
      }),
  );

  it('makes the same batches on 1, 2 and 4 ranks, and goes on where it was', () =>
    inFolder(async (folder) => {
      await writeSet(folder);
      const { batches: whole } = await collect(folder);
      for (const ranks of [2, 4]) {
        const parts = await Promise.all(
          Array.from({ length: ranks }, (_, rank) => collect(folder, { part: { rank, ranks } })),
        );
        for (const [i, batch] of whole.entries()) {
          const joined = new Int32Array(8).fill(-1);
          for (const { batches } of parts) {
            batches[i]!.indices.forEach((index, slot) => {
              joined[batches[i]!.whole!.slots[slot]!] = index;
            });
          }
          expect([...joined]).toEqual([...batch.indices]);
        }
      }
      for (const from of [1, 2, 3]) {
        expect((await collect(folder, {}, 0, from)).batches.map(plain)).toEqual(whole.slice(from).map(plain));
      }
    }));

  it('does not open shards of which nothing is left', () =>
    inFolder(async (folder) => {
      const set = await openStream(await writeSet(folder));
      const key = { seed: 0, epoch: 0, lane: 0, lanes: 1 };
      const all: number[] = [];
      for await (const { index } of readLane(set, key, 2)) all.push(index);
      // Damaged after it was read: only who opens it again finds out.
      const [first] = laneRanges(set.counts, key);
      await writeFile(set.shards[first!.shard]!, 'damaged');
      const rest: number[] = [];
      for await (const { index } of readLane(set, key, 2, 20)) rest.push(index);
      expect(rest).toEqual(all.slice(20));
      const again = readLane(set, key, 2).next();
      await expect(again).rejects.toThrow(/must be a whole tar file/);
    }));

  it('replaces a damaged image by another of its batch, and lists it', () =>
    inFolder(async (folder) => {
      await writeSet(folder, '.tar', [4, 9]);
      const { batches, set } = await collect(folder);
      const { batches: onThreads } = await collect(folder, { workers: 2 });
      expect(onThreads.map(plain)).toEqual(batches.map(plain));
      const indices = batches.flatMap((batch) => [...batch.indices]);
      expect([indices.length, indices.includes(4), indices.includes(9)]).toEqual([24, false, false]);
      for (const { labels, indices: own } of batches) expect([...labels]).toEqual([...own].map((index) => index % 3));
      expect(set.badSamples.length).toBeGreaterThan(0);
      const strict = createStreamLoader(await openStream(folder), OPTIONS);
      const reading = (async () => {
        for await (const _ of strict.epoch(0));
      })();
      await expect(reading).rejects.toThrow(/every image must be decodable.*set-train-\d\.tar: 00[49]\.png/);
    }));
});

describe('openStream', () => {
  it('takes the numbers of images from meta.json, and finds out when they are wrong', () =>
    inFolder(async (folder) => {
      await writeSet(folder);
      const shards = (await readdir(folder)).filter((name) => name.endsWith('.tar')).sort();
      const meta = (images: number) => ({
        classes: ['a', 'b', 'c'],
        splits: { train: { images: 4 * images, seed: 0, shards: shards.map((file) => ({ file, images })) } },
      });
      await writeFile(join(folder, 'meta.json'), JSON.stringify(meta(5)));
      expect(await openStream(folder)).toMatchObject({ length: 20, counts: [5, 5, 5, 5], split: 'train' });
      await writeFile(join(folder, 'meta.json'), JSON.stringify(meta(9)));
      const loader = createStreamLoader(await openStream(folder), { ...OPTIONS, buffer: 100 });
      await expect(loader.epoch(0).next()).rejects.toThrow(/must hold the 9 images that meta\.json names, got [5678]/);
    }));

  it('says what is missing', () =>
    inFolder(async (folder) => {
      await expect(openStream(folder)).rejects.toThrow(UserError);
      await expect(openStream(folder)).rejects.toThrow(/must be of WebDataset shards .*pnpm data shard/);
      const png = await encodeTestImage(8, 8, 0);
      await writeTree(folder, { 'x/set.tar': await makeTar([['a.png', png]], false) });
      await expect(openStream(join(folder, 'x'))).rejects.toThrow(/meta\.json with "classes"/);
      await writeTree(folder, { 'x/meta.json': '{"classes": ["a"]}' });
      const loader = createStreamLoader(await openStream(join(folder, 'x')), { ...OPTIONS, batchSize: 1 });
      await expect(loader.epoch(0).next()).rejects.toThrow(/"a\.png" in .*set\.tar must have a label beside it/);
      await writeTree(folder, {
        'y/set.tar': await makeTar(
          [
            ['a.png', png],
            ['a.cls', '7'],
          ],
          false,
        ),
      });
      await writeTree(folder, { 'y/meta.json': '{"classes": ["a"]}' });
      const stray = createStreamLoader(await openStream(join(folder, 'y')), { ...OPTIONS, batchSize: 1 });
      await expect(stray.epoch(0).next()).rejects.toThrow(/labels must be in \[0, 1\), got 7/);
      const whole = await openStream(join(folder, 'y'));
      expect(() => createStreamLoader(whole, { ...OPTIONS, batchSize: 2 })).toThrow(
        /at most the number of images \(1\)/,
      );
    }));
});
