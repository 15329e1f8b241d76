import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { UserError } from '@mfm/cli';
import { encodeTestImage, inFolder, testPixels, writeTree } from '../testing/image-files.ts';
import { listSplits, openDataset } from './open-dataset.ts';

async function fails(spec: string, options: Parameters<typeof openDataset>[1], message: string): Promise<void> {
  const opening = openDataset(spec, options);
  await expect(opening).rejects.toThrow(UserError);
  await expect(opening).rejects.toThrow(message);
}

describe('an image folder', () => {
  it('has the sorted sub-folders as classes and finds images of any suffix and depth', () =>
    inFolder(async (folder) => {
      await writeTree(join(folder, 'set'), {
        'dog/b.png': await encodeTestImage(80, 70, 1),
        'dog/deep/a.JPEG': await encodeTestImage(80, 70, 2, 'jpeg'),
        'cat/z.png': await encodeTestImage(90, 70, 3),
        'cat/notes.txt': 'no image',
        'cat/.hidden.png': 'no image',
      });
      const dataset = await openDataset(join(folder, 'set'), { cacheFolder: folder });
      expect(dataset).toMatchObject({ name: 'set', length: 3, classes: ['cat', 'dog'], inMemory: false });
      expect([...dataset.labels]).toEqual([0, 1, 1]);
      const { pixels, width, height } = await dataset.read(0);
      expect([width, height]).toEqual([90, 70]);
      expect(new Uint8Array(pixels)).toEqual(testPixels(90, 70, 3));
      await dataset.close();
    }));

  it('keeps tiny images in memory, whatever their sizes', () =>
    inFolder(async (folder) => {
      await writeTree(join(folder, 'set'), {
        'a/1.png': await encodeTestImage(8, 9, 1),
        'b/1.png': await encodeTestImage(64, 3, 2),
      });
      for (const start of ['decoding', 'from the cache']) {
        const dataset = await openDataset(join(folder, 'set'), { cacheFolder: join(folder, 'cache') });
        expect([start, dataset.inMemory]).toEqual([start, true]);
        expect(new Uint8Array((await dataset.read(0)).pixels)).toEqual(testPixels(8, 9, 1));
        expect(await dataset.read(1)).toMatchObject({ width: 64, height: 3 });
        expect(new Uint8Array((await dataset.read(1)).pixels)).toEqual(testPixels(64, 3, 2));
      }
    }));

  it('has splits, with the same label for a class in each', () =>
    inFolder(async (folder) => {
      const png = await encodeTestImage(8, 8, 1);
      await writeTree(folder, { 'train/a/1.png': png, 'train/b/1.png': png, 'val/b/1.png': png });
      expect(await listSplits(folder)).toEqual(['train', 'val']);
      const cacheFolder = join(folder, '.cache');
      expect(await openDataset(folder, { cacheFolder })).toMatchObject({ split: 'train', length: 2 });
      const test = await openDataset(folder, { split: 'test', cacheFolder });
      expect(test).toMatchObject({ split: 'val', length: 1, classes: ['a', 'b'] });
      expect(test.label(0)).toBe(1);
      await fails(folder, { split: 'tain' }, 'has no split "tain". Did you mean "train"? Known: train, val.');
    }));

  it('takes a class named like a split for a class', () =>
    inFolder(async (folder) => {
      const png = await encodeTestImage(8, 8, 1);
      await writeTree(join(folder, 'set'), { 'train/1.png': png, 'tulip/1.png': png });
      const dataset = await openDataset(join(folder, 'set'), { cacheFolder: folder });
      expect(dataset).toMatchObject({ split: undefined, classes: ['train', 'tulip'] });
      await fails(join(folder, 'set'), { split: 'test' }, 'got a data set without splits');
    }));

  it('reports what is missing', () =>
    inFolder(async (folder) => {
      await fails(join(folder, 'gone'), {}, `an existing path or "synthetic", got "${join(folder, 'gone')}"`);
      await writeTree(folder, { 'flat/1.png': await encodeTestImage(8, 8, 1) });
      await fails(join(folder, 'flat'), {}, 'holds no data set: no class folders');
      await mkdir(join(folder, 'set/empty'), { recursive: true });
      await writeTree(folder, { 'set/full/1.png': await encodeTestImage(8, 8, 1) });
      await fails(join(folder, 'set'), {}, `got the empty "${join(folder, 'set/empty')}"`);
    }));

  it('names an undecodable image, or leaves it out and lists it', () =>
    inFolder(async (folder) => {
      const set = join(folder, 'set');
      await writeTree(set, {
        'a/1.png': await encodeTestImage(8, 8, 1),
        'a/2.png': 'damaged',
        'b/1.png': await encodeTestImage(8, 8, 2),
      });
      const cacheFolder = join(folder, 'cache');
      for (const start of ['decoding', 'from the cache']) {
        await fails(set, { cacheFolder }, `got "${join(set, 'a/2.png')}"`);
        const dataset = await openDataset(set, { cacheFolder, skipBad: true });
        expect([start, ...dataset.labels]).toEqual([start, 0, 1]);
        expect(new Uint8Array((await dataset.read(1)).pixels)).toEqual(testPixels(8, 8, 2));
        expect(dataset.badSamples).toEqual([{ file: join(set, 'a/2.png'), reason: expect.any(String) }]);
      }
    }));
});
