import { spawnSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { inFolder, makeTar } from '../testing/image-files.ts';

const DIST = (file: string) => pathToFileURL(join(process.cwd(), 'packages', file)).href;

/** Goes through all of a set's images, holding sixteen, in a process of its own; prints how many there were and the most memory in MB. */
const SCRIPT = `
import { openStream } from '${DIST('data/dist/stream/stream-set.js')}';
import { readLane } from '${DIST('data/dist/stream/lane-reader.js')}';
import { peakMegabytes } from '${DIST('cli/dist/index.js')}';
const set = await openStream(process.argv[1]);
let [count, bytes] = [0, 0];
for await (const sample of readLane(set, { seed: 0, epoch: 0, lane: 0, lanes: 1 }, 16)) {
  count++;
  bytes += sample.bytes.length;
}
console.log(JSON.stringify({ count, bytes, peak: peakMegabytes() }));
`;

describe('memory of a stream', () => {
  it('does not grow with the number of images', () =>
    inFolder(async (folder) => {
      const [images, size] = [40, 200_000];
      const members = Array.from({ length: images }, (_, i) => [
        [`${i}.jpg`, new Uint8Array(size).fill(i)],
        [`${i}.cls`, '0'],
      ]).flat() as [string, Uint8Array | string][];
      await writeFile(join(folder, 'shard.tar'), await makeTar(members, false));
      const measure = async (shards: number) => {
        const set = join(folder, String(shards));
        await mkdir(set);
        // One file under many names: as much to read as so many shards.
        const names = Array.from({ length: shards }, (_, i) => `${i}.tar`);
        for (const name of names) await symlink(join(folder, 'shard.tar'), join(set, name));
        const splits = { train: { images: shards * images, seed: 0, shards: names.map((file) => ({ file, images })) } };
        await writeFile(join(set, 'meta.json'), JSON.stringify({ classes: ['a'], splits }));
        const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', SCRIPT, set], {
          encoding: 'utf8',
        });
        expect(stderr).toBe('');
        return JSON.parse(stdout) as { count: number; bytes: number; peak: number };
      };
      const [small, large] = [await measure(5), await measure(50)];
      expect(large).toMatchObject({ count: 50 * images, bytes: 50 * images * size });
      // 400 MB against 40 MB of images.
      expect(large.peak - small.peak).toBeLessThan(60);
    }));
});
