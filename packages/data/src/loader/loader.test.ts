import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { UserError } from '@mfm/cli';
import type { Dataset } from '../dataset/dataset.ts';
import { openDataset } from '../dataset/open-dataset.ts';
import { degradeImage } from '../degradation/degrade-image.ts';
import type { Denoise } from '../degradation/denoise.ts';
import { createRandom } from '../random/random.ts';
import { encodeTestImage, inFolder, writeTree } from '../testing/image-files.ts';
import { evalTransform, trainTransform } from '../transform/create-transform.ts';
import type { Batch } from './batch.ts';
import { createLoader, type LoaderOptions } from './loader.ts';

const TRAIN = { batchSize: 8, seed: 5, shuffle: true, transform: trainTransform(16) };

const NOISE: Denoise = {
  type: 'denoise',
  noise: ['gaussian', 'poisson'],
  noiseProb: [0.5, 0.5],
  gaussianSigma: [1, 30],
  gaussianGrayProb: 0.4,
  poissonScale: [0.05, 3],
  poissonGrayProb: 0.4,
};

async function collect(dataset: Dataset, options: LoaderOptions, epoch = 0, fromBatch = 0): Promise<Batch[]> {
  const loader = createLoader(dataset, options);
  try {
    const batches: Batch[] = [];
    for await (const batch of loader.epoch(epoch, fromBatch)) batches.push(batch);
    return batches;
  } finally {
    await loader.close();
  }
}

const plain = (batches: readonly Batch[]) =>
  batches.map(({ pixels, degraded, labels, indices, shape }) => [
    shape,
    [...indices],
    [...labels],
    Buffer.from(pixels).toString('hex'),
    degraded && [...degraded],
  ]);

/** Twelve large images in two classes, so that they are decoded when read, and on threads by other means; those named are damaged. */
async function writeLargeSet(folder: string, damaged: readonly number[] = []): Promise<string> {
  for (let i = 0; i < 12; i++) {
    const content = damaged.includes(i) ? 'damaged' : await encodeTestImage(140, 132, i, 'jpeg');
    await writeTree(folder, { [`set/${i < 6 ? 'a' : 'b'}/${String(i).padStart(2, '0')}.jpg`]: content });
  }
  return join(folder, 'set');
}

describe('createLoader', () => {
  it('delivers the same bytes with any number of workers, from memory', async () => {
    const dataset = await openDataset('synthetic:50');
    const expected = plain(await collect(dataset, { ...TRAIN, workers: 0 }, 3));
    expect(expected).toHaveLength(7);
    for (const workers of [1, 3]) expect(plain(await collect(dataset, { ...TRAIN, workers }, 3))).toEqual(expected);
    expect(plain(await collect(dataset, { ...TRAIN, workers: 2, prefetch: 1 }, 3, 4))).toEqual(expected.slice(4));
  });

  it('delivers the same bytes with any number of workers, from files', () =>
    inFolder(async (folder) => {
      const dataset = await openDataset(await writeLargeSet(folder));
      expect(dataset.inMemory).toBe(false);
      const expected = plain(await collect(dataset, { ...TRAIN, workers: 0 }));
      expect(plain(await collect(dataset, { ...TRAIN, workers: 2 }))).toEqual(expected);
    }));

  it('delivers every sample once an epoch, in an order of the seed and epoch', async () => {
    const dataset = await openDataset('synthetic:50');
    const order = async (options: Partial<LoaderOptions>, epoch: number) =>
      (await collect(dataset, { ...TRAIN, workers: 0, ...options }, epoch)).flatMap(({ indices }) => [...indices]);
    const first = await order({}, 0);
    expect([...first].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(await order({}, 0)).toEqual(first);
    expect(await order({}, 1)).not.toEqual(first);
    expect(await order({ seed: 6 }, 0)).not.toEqual(first);
    // Another batch size cuts the same order elsewhere.
    expect(await order({ batchSize: 7 }, 0)).toEqual(first);
    expect(await order({ dropLast: true }, 0)).toEqual(first.slice(0, 48));
  });

  it('reads in order for evaluation, last batch shorter, labels and pixels in step', async () => {
    const dataset = await openDataset('synthetic:20');
    const batches = await collect(dataset, { batchSize: 8, transform: evalTransform(32) });
    expect(batches.map(({ shape }) => shape)).toEqual([
      [8, 32, 32, 3],
      [8, 32, 32, 3],
      [4, 32, 32, 3],
    ]);
    expect(batches.flatMap(({ indices }) => [...indices])).toEqual(Array.from({ length: 20 }, (_, i) => i));
    for (const { pixels, labels, indices } of batches) {
      expect([...labels]).toEqual([...indices].map((i) => dataset.label(i)));
      const image = await dataset.read(indices[2]!);
      expect(pixels.slice(2 * 3072, 3 * 3072)).toEqual(new Uint8Array(image.pixels));
    }
  });

  it('delivers a subset, shuffled or in its order, with the transforms of the whole', async () => {
    const dataset = await openDataset('synthetic:30');
    const subset = Int32Array.of(25, 3, 14, 7);
    const inOrder = await collect(dataset, { batchSize: 3, transform: evalTransform(16), subset });
    expect(inOrder.map(({ indices }) => [...indices])).toEqual([[25, 3, 14], [7]]);
    const shuffled = (await collect(dataset, { ...TRAIN, batchSize: 4, workers: 0, subset }))[0]!;
    expect([...shuffled.indices].sort((a, b) => a - b)).toEqual([3, 7, 14, 25]);
    const whole = await collect(dataset, { ...TRAIN, batchSize: 30, workers: 0 });
    const image = (batch: Batch, slot: number) => batch.pixels.slice(slot * 768, (slot + 1) * 768);
    expect(image(shuffled, 2)).toEqual(image(whole[0]!, whole[0]!.indices.indexOf(shuffled.indices[2]!)));
    const outside = Int32Array.of(3, 30);
    expect(() => createLoader(dataset, { ...TRAIN, subset: outside })).toThrow('indices in [0, 30), got 30');
  });

  it.each([0, 2])('raises the error of an undecodable image itself, naming the file (%i workers)', (workers) =>
    inFolder(async (folder) => {
      const dataset = await openDataset(await writeLargeSet(folder, [7]));
      const reading = collect(dataset, { batchSize: 4, transform: evalTransform(16), workers });
      await expect(reading).rejects.toThrow(UserError);
      await expect(reading).rejects.toThrow(`got "${join(folder, 'set/b/07.jpg')}"`);
    }),
  );

  it('replaces an undecodable image when training, leaves it out when evaluating, and lists it once', () =>
    inFolder(async (folder) => {
      const set = await writeLargeSet(folder, [2, 7]);
      const open = () => openDataset(set, { skipBad: true });
      const trained: unknown[] = [];
      for (const workers of [0, 2]) {
        const dataset = await open();
        const batches = await collect(dataset, { ...TRAIN, batchSize: 6, workers });
        expect(batches.map(({ shape }) => shape[0])).toEqual([6, 6]);
        const indices = batches.flatMap((batch) => [...batch.indices]);
        expect(indices.some((index) => index === 2 || index === 7)).toBe(false);
        expect(batches.flatMap((batch) => [...batch.labels])).toEqual(indices.map((index) => dataset.label(index)));
        expect(dataset.badSamples.map(({ file }) => file).sort()).toEqual([
          join(set, 'a/02.jpg'),
          join(set, 'b/07.jpg'),
        ]);
        trained.push(plain(batches));
        const subset = Int32Array.of(1, 2, 3);
        const [part] = await collect(await open(), { ...TRAIN, batchSize: 3, workers, subset });
        // The replacement is one of the subset too.
        expect([...part!.indices].every((index) => index === 1 || index === 3)).toBe(true);
      }
      expect(trained[1]).toEqual(trained[0]);
      const dataset = await open();
      const batches = await collect(dataset, { batchSize: 4, transform: evalTransform(16), workers: 1 });
      expect(batches.map(({ indices }) => [...indices])).toEqual([
        [0, 1, 3],
        [4, 5, 6],
        [8, 9, 10, 11],
      ]);
      expect(batches.map(({ shape, pixels }) => shape[0] * 768 - pixels.length)).toEqual([0, 0, 0]);
    }));

  it('delivers the pixels degraded too, keyed by (seed, epoch, sample), with any number of workers', async () => {
    const dataset = await openDataset('synthetic:20');
    const options = { ...TRAIN, degradation: NOISE };
    const batches = await collect(dataset, { ...options, workers: 0 }, 2);
    expect(plain(await collect(dataset, { ...options, workers: 2 }, 2))).toEqual(plain(batches));
    for (const { pixels, degraded, indices, shape } of batches) {
      expect(degraded).toHaveLength(shape[0] * 768);
      indices.forEach((sample, slot) => {
        const image = pixels.slice(slot * 768, (slot + 1) * 768);
        const expected = degradeImage(image, 16, NOISE, createRandom(TRAIN.seed, 2, sample, 'degradation'));
        expect(degraded!.slice(slot * 768, (slot + 1) * 768)).toEqual(expected);
      });
    }
    // Nothing else is drawn otherwise for it, and nothing is there without it.
    const without = await collect(dataset, { ...TRAIN, workers: 0 }, 2);
    expect(without.some((batch) => 'degraded' in batch)).toBe(false);
    expect(plain(without)).toEqual(plain(batches.map(({ degraded: _, ...batch }) => batch)));
  });

  it.each([0, 1])('degrades what is there in place of undecodable images (%i workers)', (workers) =>
    inFolder(async (folder) => {
      const dataset = await openDataset(await writeLargeSet(folder, [2, 7]), { skipBad: true });
      const dropping = { batchSize: 4, transform: evalTransform(16), degradation: NOISE, workers };
      for (const options of [dropping, { ...TRAIN, degradation: NOISE, workers }]) {
        const batches = await collect(dataset, options);
        for (const { pixels, degraded, indices, shape } of batches) {
          expect(degraded).toHaveLength(shape[0] * 768);
          const expected = [...indices].flatMap((sample, slot) => {
            const random = createRandom(options === dropping ? 0 : TRAIN.seed, 0, sample, 'degradation');
            return [...degradeImage(pixels.slice(slot * 768, (slot + 1) * 768), 16, NOISE, random)];
          });
          expect([...degraded!]).toEqual(expected);
        }
        expect(batches.reduce((sum, { shape }) => sum + shape[0], 0)).toBe(options === dropping ? 10 : 12);
      }
    }),
  );

  it('gives up when replacements are undecodable too', () =>
    inFolder(async (folder) => {
      const dataset = await openDataset(await writeLargeSet(folder), { skipBad: true });
      const all = Array.from({ length: 12 }, (_, i) => i);
      await writeLargeSet(folder, all);
      await expect(collect(dataset, { ...TRAIN, workers: 0 })).rejects.toThrow('100 undecodable ones in a row');
    }));

  it('may be left early and used again, and ends its threads in the middle of an epoch', async () => {
    const dataset = await openDataset('synthetic:200');
    const loader = createLoader(dataset, { ...TRAIN, workers: 2 });
    for await (const batch of loader.epoch(0)) {
      expect(batch.shape[0]).toBe(8);
      break;
    }
    const iteration = loader.epoch(1);
    const first = await iteration.next();
    expect([...(first.value as Batch).indices]).toEqual([
      ...(await collect(dataset, { ...TRAIN, workers: 0 }, 1))[0]!.indices,
    ]);
    await loader.close();
    await expect(
      (async () => {
        for await (const batch of iteration) expect(batch.shape[0]).toBe(8);
      })(),
    ).rejects.toThrow(/closed/);
    await loader.close();
  });

  it.each(['loader.close()', 'undefined'])('lets the process end after %s in the middle of an epoch', (last) => {
    const script = `
      const { createLoader, openDataset, trainTransform } = await import('@mfm/data');
      const dataset = await openDataset('synthetic:500');
      const loader = createLoader(dataset, { batchSize: 8, transform: trainTransform(32), workers: 2 });
      for await (const batch of loader.epoch(0)) break;
      await ${last};
    `;
    const cwd = fileURLToPath(new URL('../..', import.meta.url));
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { cwd });
    // 13 would be a promise that never settled.
    expect([stderr.toString(), status]).toEqual(['', 0]);
  });

  it('refuses impossible options', async () => {
    const dataset = await openDataset('synthetic:10');
    expect(() => createLoader(dataset, { ...TRAIN, batchSize: 0 })).toThrow(
      'batchSize must be an integer of at least 1',
    );
    expect(() => createLoader(dataset, { ...TRAIN, degradation: { type: 'sr', factor: 3 } })).toThrow(
      'factor must be an integer that divides the image size (16), got 3',
    );
    expect(() => createLoader(dataset, { ...TRAIN, workers: -1 })).toThrow('workers must be an integer of at least 0');
    expect(() => createLoader(dataset, { ...TRAIN, batchSize: 11, dropLast: true })).toThrow(
      'batchSize must be at most the number of samples (10), got 11',
    );
  });
});
