import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createRandom, decodeImage, openDataset } from '@mfm/data';
import sharp from 'sharp';
import { corruptImage } from '../corruption/corrupt-image.ts';
import { findCorruption } from '../corruption/corruption-table.ts';
import { jpegRoundTrip } from '../jpeg/round-trip.ts';
import type { TreeSettings } from './tree-image.ts';
import { writeCorruptedTree } from './write-tree.ts';

const [WIDTH, HEIGHT] = [90, 70];
const SETTINGS: TreeSettings = {
  ...{ seed: 3, format: 'jpeg', quality: 85, severities: [2, 5] },
  corruptions: ['gaussian_noise', 'contrast'],
};
let dir: string;

async function writeImage(name: string, seed: number): Promise<void> {
  const random = createRandom(seed);
  const pixels = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => 60 + ((i >> 5) % 120) + random.integer(40));
  const file = join(dir, 'data', name);
  await mkdir(join(file, '..'), { recursive: true });
  await sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } }).toFile(file);
}

async function write(settings: Partial<TreeSettings> = {}, skipBad = false) {
  const dataset = await openDataset(join(dir, 'data'), { skipBad });
  const subset = Int32Array.from({ length: dataset.length }, (_, i) => i);
  const options = { dataset, subset, out: join(dir, 'out'), settings: { ...SETTINGS, ...settings }, workers: 2 };
  return writeCorruptedTree(options).finally(() => dataset.close());
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tree-'));
  await writeImage('cat/one.png', 1);
  await writeImage('cat/deeper/one.png', 2);
  await writeImage('dog/two.png', 3);
});
afterEach(() => rm(dir, { recursive: true }));

describe('writeCorruptedTree', () => {
  it('writes what corrupting in memory and a JPEG round trip give, one file each', async () => {
    expect(await write()).toMatchObject({ images: 3, written: 12, kept: 0, badSamples: [] });
    const names = (await readdir(join(dir, 'out'), { recursive: true })).filter((name) => name.endsWith('.JPEG'));
    expect(names.filter((name) => name.startsWith('contrast/5')).sort()).toEqual([
      'contrast/5/cat/one.JPEG',
      'contrast/5/cat/one_00000001.JPEG',
      'contrast/5/dog/two.JPEG',
    ]);
    expect(names).toHaveLength(12);
    const dataset = await openDataset(join(dir, 'data'));
    const image = await dataset.read(2);
    for (const severity of [2, 5] as const) {
      const path = join(dir, `out/gaussian_noise/${severity}/dog/two.JPEG`);
      const pixels = corruptImage(image, findCorruption('gaussian_noise'), severity, { seed: 3, sample: 2 });
      const decoded = await decodeImage(await readFile(path), path);
      expect(Buffer.from(decoded.pixels).equals(jpegRoundTrip({ ...image, pixels }, 85))).toBe(true);
    }
    await dataset.close();
  });

  it('keeps what is there and writes what is missing, the same bytes', async () => {
    await write();
    const path = join(dir, 'out/gaussian_noise/2/cat/one_00000001.JPEG');
    const before = await readFile(path);
    await rm(path);
    expect(await write()).toMatchObject({ written: 1, kept: 11 });
    expect((await readFile(path)).equals(before)).toBe(true);
    expect(await write({ corruptions: ['contrast', 'brightness'] })).toMatchObject({ written: 6, kept: 6 });
  });

  it('makes pixels of the size asked for, without loss as PNG, and refuses a tree of another kind', async () => {
    const transform = { type: 'resize-center-crop', size: 64, resize: 64 } as const;
    await write({ format: 'png', transform });
    const path = join(dir, 'out/contrast/2/dog/two.png');
    expect(await decodeImage(await readFile(path), path)).toMatchObject({ width: 64, height: 64 });
    await expect(write({ format: 'png', transform, seed: 4 })).rejects.toThrow(/made with seed 3, got 4/);
  });

  it('names an image that cannot be decoded, or counts it', async () => {
    await writeFile(join(dir, 'data/dog/bad.png'), 'no picture');
    await expect(write()).rejects.toThrow(/bad\.png/);
    const { images, badSamples } = await write({}, true);
    expect([images, badSamples.map(({ file }) => file.slice(-11))]).toEqual([3, ['dog/bad.png']]);
  });
});
