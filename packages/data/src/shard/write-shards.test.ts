import { spawnSync } from 'node:child_process';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { openDataset } from '../dataset/open-dataset.ts';
import { encodeTestImage, inFolder, writeTree } from '../testing/image-files.ts';
import { writeShards } from './write-shards.ts';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** Seven images of 70 px in three classes: too large to be held decoded, so that files are copied as they are. */
async function makeFolder(root: string): Promise<void> {
  const files: Record<string, Uint8Array> = {};
  for (let i = 0; i < 7; i++) files[`class${i % 3}/${i}.JPG`] = await encodeTestImage(70, 70, i, 'jpeg');
  await writeTree(root, files);
}

describe('writeShards', () => {
  it('gives the same images and labels in the order of the seed, and the same bytes again', () =>
    inFolder(async (folder) => {
      await makeFolder(join(folder, 'images'));
      const source = await openDataset(join(folder, 'images'));
      const options = { name: 'set', imagesPerShard: 3, seed: 5 };
      const first = await writeShards(source, { ...options, folder: join(folder, 'a') });
      const second = await writeShards(source, { ...options, folder: join(folder, 'b') });
      expect(second).toEqual(first);
      expect(first.shards.map(({ file, images }) => [file, images])).toEqual([
        ['set-train-000000.tar', 3],
        ['set-train-000001.tar', 3],
        ['set-train-000002.tar', 1],
      ]);
      const shards = await openDataset(join(folder, 'a'));
      expect(shards).toMatchObject({ length: 7, split: 'train', classes: ['class0', 'class1', 'class2'] });
      // Every sample of the source once, its pixels and its label together, not in the source's order.
      const signature = async (set: typeof shards, index: number) =>
        JSON.stringify([set.label(index), Buffer.from((await set.read(index)).pixels).toString('base64')]);
      const signatures = (set: typeof shards) => Promise.all(Array.from({ length: 7 }, (_, i) => signature(set, i)));
      const [ours, theirs] = [await signatures(shards), await signatures(source)];
      expect([...ours].sort()).toEqual([...theirs].sort());
      expect(ours).not.toEqual(theirs);
      await shards.close();
    }));

  it('goes on where an interrupted run was, and refuses other settings', () =>
    inFolder(async (folder) => {
      await makeFolder(join(folder, 'images'));
      const source = await openDataset(join(folder, 'images'));
      const out = join(folder, 'out');
      const options = { folder: out, name: 'set', imagesPerShard: 3, seed: 0 };
      const whole = await writeShards(source, options);
      // As if it had been killed in the second shard: the first is whole, nothing says what there is.
      await rm(join(out, 'meta.json'));
      await rm(join(out, 'set-train-000001.tar'));
      const { mtimeMs } = await stat(join(out, 'set-train-000000.tar'));
      expect(await writeShards(source, options)).toEqual(whole);
      expect((await stat(join(out, 'set-train-000000.tar'))).mtimeMs).toBe(mtimeMs);
      await expect(writeShards(source, { ...options, seed: 1 })).rejects.toThrow('with other images or settings');
    }));

  it('leaves no part of a shard behind when an image is damaged', () =>
    inFolder(async (folder) => {
      await makeFolder(join(folder, 'images'));
      await writeTree(join(folder, 'images'), { 'class1/bad.jpg': Buffer.from('no image') });
      const source = await openDataset(join(folder, 'images'));
      const out = join(folder, 'out');
      const writing = writeShards(source, { folder: out, name: 'set', imagesPerShard: 20, seed: undefined });
      await expect(writing).rejects.toThrow(/class1\/bad\.jpg/);
      expect((await readdir(out)).filter((name) => !name.startsWith('.'))).toEqual([]);
    }));

  it('works as a command', () =>
    inFolder(async (folder) => {
      const run = (...args: string[]) => spawnSync(process.execPath, [CLI, 'shard', ...args], { encoding: 'utf8' });
      const made = run('--data', 'synthetic:20', '--out', folder, '--images-per-shard', '8', '--json');
      expect(JSON.parse(made.stdout)).toMatchObject({ images: 20, split: 'train' });
      const meta = JSON.parse(await readFile(join(folder, 'meta.json'), 'utf8'));
      expect(meta.classes).toHaveLength(10);
      const set = await openDataset(folder, { cacheFolder: join(folder, 'cache') });
      expect(set.length).toBe(20);
      const wrong = run('--data', join(folder, 'nowhere'), '--out', folder);
      expect([wrong.status, wrong.stderr.trim().split('\n')]).toEqual([2, [expect.stringContaining('nowhere')]]);
    }));
});
