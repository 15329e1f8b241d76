import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { UserError } from '@mfm/cli';
import { encodeTestImage, inFolder, makeTar, testPixels, writeTree } from '../testing/image-files.ts';
import { listSplits, openDataset } from './open-dataset.ts';

async function shard(tags: readonly number[], size: number, compress: boolean): Promise<Buffer> {
  const members: [string, Uint8Array | string][] = [];
  for (const tag of tags) {
    members.push([`img/${tag}.cls`, `${tag % 3}\n`], [`img/${tag}.json`, '{}']);
    members.push([`img/${tag}.png`, await encodeTestImage(size, size, tag)]);
  }
  return makeTar(members, compress);
}

async function fails(spec: string, message: string): Promise<void> {
  const opening = openDataset(spec, { cacheFolder: spec });
  await expect(opening).rejects.toThrow(UserError);
  await expect(opening).rejects.toThrow(message);
}

describe('WebDataset shards', () => {
  it.each([
    ['tiny images, .tar', 8, '.tar', true],
    ['tiny images, .tar.gz', 8, '.tar.gz', true],
    ['large images, .tar', 70, '.tar', false],
    ['large images, .tar.gz', 70, '.tgz', false],
  ])('of %s give images, labels, splits and class names', (_, size, suffix, inMemory) =>
    inFolder(async (folder) => {
      await writeTree(folder, {
        [`set-train-0${suffix}`]: await shard([0, 1, 2], size, suffix !== '.tar'),
        [`set-train-1${suffix}`]: await shard([3, 4], size, suffix !== '.tar'),
        [`set-test${suffix}`]: await shard([5], size, suffix !== '.tar'),
        'meta.json': JSON.stringify({ classes: ['x', 'y', 'z'] }),
      });
      expect(await listSplits(folder)).toEqual(['train', 'test']);
      const cacheFolder = join(folder, 'cache');
      for (const start of ['first', 'second']) {
        const train = await openDataset(folder, { cacheFolder });
        expect([start, train.inMemory]).toEqual([start, inMemory]);
        expect(train).toMatchObject({ split: 'train', length: 5, classes: ['x', 'y', 'z'] });
        expect([...train.labels]).toEqual([0, 1, 2, 0, 1]);
        for (const tag of [4, 0, 2]) {
          expect(new Uint8Array((await train.read(tag)).pixels)).toEqual(testPixels(size, size, tag));
        }
        await train.close();
      }
      const test = await openDataset(folder, { split: 'test', cacheFolder });
      expect([...test.labels]).toEqual([2]);
      const single = await openDataset(join(folder, `set-test${suffix}`), { cacheFolder });
      expect(single).toMatchObject({ name: 'set-test', split: undefined, length: 1 });
      expect(await readdir(cacheFolder).catch(() => [])).toHaveLength(inMemory ? 2 : 0);
    }),
  );

  it('makes a damaged cache anew', () =>
    inFolder(async (folder) => {
      await writeTree(folder, { 'set.tar': await shard([7, 8], 8, false) });
      const cacheFolder = join(folder, 'cache');
      const open = () => openDataset(folder, { cacheFolder });
      await open();
      const [name] = await readdir(cacheFolder);
      for (const damage of [Buffer.alloc(3), Buffer.alloc(500, 1)]) {
        await writeFile(join(cacheFolder, name!), damage);
        expect(new Uint8Array((await (await open()).read(1)).pixels)).toEqual(testPixels(8, 8, 8));
      }
    }));

  it('reports a truncated or damaged shard by name', () =>
    inFolder(async (folder) => {
      const [tar, gz] = [await shard([0, 1], 70, false), await shard([0, 1], 70, true)];
      for (const [name, bytes] of [
        ['cut.tar', tar.subarray(0, tar.length >> 1)],
        ['cut.tar.gz', gz.subarray(0, gz.length >> 1)],
        ['no.tar', Buffer.alloc(2048, 65)],
        ['no.tar.gz', Buffer.from('not compressed')],
      ] as const) {
        await writeTree(folder, { [`${name}-folder/${name}`]: bytes });
        await fails(join(folder, `${name}-folder`), `${name}" must be a whole tar file`);
      }
    }));

  it('reports missing and impossible labels, and shards without images', () =>
    inFolder(async (folder) => {
      const png = await encodeTestImage(8, 8, 0);
      const cases: [string, [string, Uint8Array | string][], string][] = [
        ['unlabelled', [['a.png', png]], '"a.png" in '],
        [
          'text',
          [
            ['a.cls', 'cat'],
            ['a.png', png],
          ],
          '"a.cls" in ',
        ],
        [
          'range',
          [
            ['a.cls', '2'],
            ['a.png', png],
          ],
          'labels of range must be in [0, 2), got 2 for sample 0',
        ],
        ['none', [['a.txt', 'x']], 'shards must hold images with labels, got none'],
      ];
      for (const [name, members, message] of cases) {
        await writeTree(join(folder, name), {
          'set.tar': await makeTar(members, false),
          'meta.json': '{"classes": ["x", "y"]}',
        });
        await fails(join(folder, name), message);
      }
      await writeTree(join(folder, 'range'), { 'meta.json': 'oops' });
      await fails(join(folder, 'range'), 'must be JSON with "classes" as a list of names');
    }));
});
