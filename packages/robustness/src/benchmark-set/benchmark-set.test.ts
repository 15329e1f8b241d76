import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { evalTransform } from '@mfm/data';
import sharp from 'sharp';
import { outcomesOf } from '../evaluate/outcomes.ts';
import type { BenchmarkOptions } from './benchmark-set.ts';
import { BENCHMARK_SETS } from './benchmark-table.ts';
import { mapClasses } from './class-map.ts';
import { IMAGENET_1K_WNIDS } from './imagenet-1k-wnids.ts';
import { IMAGENET_A_WNIDS } from './imagenet-a-wnids.ts';
import { IMAGENET_R_WNIDS } from './imagenet-r-wnids.ts';
import { imagenetR } from './wnid-folders.ts';

let root: string;

/** A grey image of one level, larger than the crop of 16 px. */
async function writeImage(path: string, side: number, grey: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const background = { r: grey, g: grey, b: grey };
  await sharp({ create: { width: side, height: side, channels: 3, background } })
    .png()
    .toFile(path);
}

/** A version 1 `.npy` file. */
function npy(descr: string, shape: readonly number[], body: Uint8Array): Buffer {
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const header = Buffer.from(`${text.padEnd(117)}\n`, 'latin1');
  const length = Buffer.alloc(2);
  length.writeUInt16LE(header.length);
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), length, header, body]);
}

const set = (name: string) => BENCHMARK_SETS.find((own) => own.name === name)!;
const parts = (name: string, folder: string, options: BenchmarkOptions = {}) =>
  set(name).parts(join(root, folder), options);
const size = { imageSize: 16, transform: evalTransform(16) };

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'mfm-sets-'));
  const [a, r] = [IMAGENET_A_WNIDS, IMAGENET_R_WNIDS];
  await writeImage(join(root, 'a', a[199]!, '0.png'), 80, 10);
  await writeImage(join(root, 'a', a[3]!, '1.png'), 80, 20);
  await writeFile(join(root, 'a', 'README.txt'), 'natural adversarial examples');
  await writeImage(join(root, 'r', r[7]!, 'sketch_0.png'), 80, 30);
  await writeImage(join(root, 'sketch', IMAGENET_1K_WNIDS[999]!, '0.png'), 80, 40);
  for (const name of ['2', '10', '999']) await writeImage(join(root, 'v2', name, '0.png'), 80, Number(name) % 200);
  for (const severity of [1, 5]) {
    await writeImage(join(root, 'c/fog', `${severity}`, IMAGENET_1K_WNIDS[5]!, '0.png'), 20, 50 + severity);
    await writeImage(
      join(root, 'c/noise/shot_noise', `${severity}`, IMAGENET_1K_WNIDS[5]!, '0.png'),
      20,
      60 + severity,
    );
  }
  await writeImage(join(root, 'animals', 'cat', '0.png'), 80, 1);
  // 50,000 images of 1 × 1 are enough to see which part is read.
  const images = Uint8Array.from({ length: 150_000 }, (_, i) => (i / 30_000) | 0);
  const labels = Uint8Array.from({ length: 50_000 }, (_, i) => i % 10);
  await mkdir(join(root, 'cifar'));
  await writeFile(join(root, 'cifar/fog.npy'), npy('|u1', [50_000, 1, 1, 3], images));
  await writeFile(join(root, 'cifar/labels.npy'), npy('|u1', [50_000], labels));
  await mkdir(join(root, 'long'));
  await writeFile(join(root, 'long/fog.npy'), npy('<f4', [50_000, 1, 1, 3], images));
  const wide = new BigInt64Array(50_000).fill(3n);
  await writeFile(join(root, 'long/labels.npy'), npy('<i8', [50_000], new Uint8Array(wide.buffer)));
});

afterAll(() => rm(root, { recursive: true, force: true }));

describe('the lists of classes', () => {
  it('are ascending and parts of the 1000', () => {
    for (const [list, length] of [
      [IMAGENET_1K_WNIDS, 1000],
      [IMAGENET_A_WNIDS, 200],
      [IMAGENET_R_WNIDS, 200],
    ] as const) {
      expect(list).toHaveLength(length);
      expect([...new Set(list)].sort()).toEqual(list);
      expect(list.every((wnid) => IMAGENET_1K_WNIDS.includes(wnid))).toBe(true);
    }
    expect([IMAGENET_1K_WNIDS[0], IMAGENET_1K_WNIDS[999]]).toEqual(['n01440764', 'n15075141']);
  });
});

describe('published data sets', () => {
  it('ImageNet-A: the largest of the 200 scores counts, not of the 1000', async () => {
    const [part] = await parts('imagenet-a', 'a');
    const dataset = await part!.open();
    expect(dataset.classes).toEqual([IMAGENET_A_WNIDS[3], IMAGENET_A_WNIDS[199]]);
    const classMap = part!.classMap(dataset, 1000);
    const right = [3, 199].map((i) => IMAGENET_1K_WNIDS.indexOf(IMAGENET_A_WNIDS[i]!));
    expect([...classMap.targets]).toEqual(right);
    expect(classMap.among).toHaveLength(200);
    const scores = new Float32Array(2000);
    for (const [row, index] of right.entries()) {
      scores[row * 1000 + index] = 1;
      // Class 0, tench, is not one of the 200.
      scores[row * 1000] = 5;
    }
    expect([...outcomesOf(scores, Int32Array.of(0, 1), classMap).predicted]).toEqual(right);
    expect(part!.classMap(dataset, 200).targets[1]).toBe(199);
    expect(() => part!.classMap(dataset, 10)).toThrow(/1000 classes or its 200, got 10/);
  });

  it('ImageNet-R, -Sketch and -V2: classes by WordNet id, of V2 by number', async () => {
    const [r] = await imagenetR.parts(join(root, 'r'), {});
    expect(r!.classMap(await r!.open(), 1000).targets[0]).toBe(IMAGENET_1K_WNIDS.indexOf(IMAGENET_R_WNIDS[7]!));
    const [sketch] = await parts('imagenet-sketch', 'sketch');
    expect(sketch!.classMap(await sketch!.open(), 1000)).toEqual({ targets: Int32Array.of(999) });
    const [v2] = await parts('imagenet-v2', 'v2');
    const dataset = await v2!.open();
    // As folders: 10, 2, 999.
    expect([...v2!.classMap(dataset, 1000).targets]).toEqual([10, 2, 999]);
    expect(v2!.transform(size)).toBe(size.transform);
  });

  it('ImageNet-C: corruption, severity, class; cropped and not resized', async () => {
    const all = await parts('imagenet-c', 'c', { severities: [1, 5] });
    expect(all.map(({ prefix, test }) => prefix + test.id)).toEqual([
      'imagenet-c/shot_noise/1',
      'imagenet-c/shot_noise/5',
      'imagenet-c/fog/1',
      'imagenet-c/fog/5',
    ]);
    expect(all[0]!.transform(size)).toEqual({ type: 'center-crop', size: 16 });
    const large = { imageSize: 384, transform: evalTransform(384, { interpolation: 'bilinear' }) };
    expect(all[0]!.transform(large)).toMatchObject({ size: 384, resize: 384, interpolation: 'bilinear' });
    const dataset = await all[3]!.open();
    expect((await dataset.read(0)).pixels[0]).toBe(55);
    expect(all[3]!.classMap(dataset, 1000).targets[0]).toBe(5);
    await expect(parts('imagenet-c', 'c', { corruptions: ['snow'] })).rejects.toThrow(/must hold snow, got/);
    await expect(parts('imagenet-c', 'c')).rejects.toThrow(
      /fog.2" must be a folder of|shot_noise.2" must be a folder of/,
    );
  });

  it('CIFAR-10-C: the images of a severity, out of the middle of the file', async () => {
    const [part] = await parts('cifar10-c', 'cifar', { severities: [4] });
    expect(part!.prefix + part!.test.id).toBe('cifar10-c/fog/4');
    const dataset = await part!.open();
    expect(dataset.length).toBe(10_000);
    expect((await dataset.read(9999)).pixels).toEqual(Uint8Array.of(3, 3, 3));
    expect([dataset.label(0), dataset.label(13)]).toEqual([0, 3]);
    expect(part!.classMap(dataset, 10).targets).toHaveLength(10);
    const [wrong] = await parts('cifar10-c', 'long', { severities: [1] });
    await expect(wrong!.open()).rejects.toThrow(/fog.npy" must be uint8 .*, got <f4 \[50000, 1, 1, 3\]/);
  });

  it.each([
    ['imagenet-c', 'animals', /must be a folder of <corruption>.*got 1 entries: cat/],
    ['imagenet-a', 'animals', /must be a folder of its 200 classes.*got 1 entries: cat/],
    ['imagenet-a', 'sketch', /must be a folder of its 200 classes.*got 1 others \(n15075141\)/],
    ['imagenet-r', 'nowhere', /got ENOENT/],
    ['imagenet-v2', 'animals', /folders named 0 to 999, got 1 entries: cat/],
    ['cifar10-c', 'animals', /<corruption>\.npy.*got 1 entries: cat/],
  ])('%s says what it expected and found in %s', async (name, folder, message) => {
    await expect(parts(name, folder)).rejects.toThrow(message);
  });
});

describe('mapClasses', () => {
  it('takes some WordNet ids for a model of 1000 classes, and others one by one', () => {
    expect([...mapClasses(['n01443537', 'n01440764'], 1000, 'val').targets]).toEqual([1, 0]);
    expect([...mapClasses(['cat', 'dog'], 2, 'pets').targets]).toEqual([0, 1]);
    expect(() => mapClasses(['cat', 'dog'], 1000, 'pets')).toThrow(
      /1000 classes.*WordNet ids.*got 2 classes: cat, dog/,
    );
    expect(() => mapClasses(['n00000001'], 1000, 'val')).toThrow(/n00000001 are none/);
    expect(() => mapClasses(['a', 'b', 'c'], 2, 'letters')).toThrow(/must have 2 classes.*got 3 classes/);
  });
});
