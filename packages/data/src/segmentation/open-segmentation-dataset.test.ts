import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { encode } from 'fast-png';
import { createLoader } from '../loader/loader.ts';
import { encodeTestImage, inFolder, testPixels, writeTree } from '../testing/image-files.ts';
import { segmentationTransform } from '../transform/create-transform.ts';
import { listSegmentationSplits, openSegmentationDataset } from './open-segmentation-dataset.ts';

const mask = (values: number[], width: number): Uint8Array =>
  encode({ width, height: values.length / width, data: Uint8Array.from(values), depth: 8, channels: 1 });

/** Two images of 3 × 2 in ADE20K's layout. */
async function adeTree(second: Uint8Array = mask([0, 1, 2, 3, 150, 255], 3)) {
  return {
    'images/training/a.jpg': await encodeTestImage(3, 2, 1, 'jpeg'),
    'images/training/b.png': await encodeTestImage(3, 2, 2),
    'annotations/training/a.png': mask([1, 1, 1, 1, 1, 1], 3),
    'annotations/training/b.png': second,
    'images/validation/c.png': await encodeTestImage(3, 2, 3),
    'annotations/validation/c.png': mask([5, 5, 5, 5, 5, 5], 3),
  };
}

describe('openSegmentationDataset', () => {
  it('reads ADE20K: label 0 is no class, class k is label k + 1', () =>
    inFolder(async (folder) => {
      await writeTree(folder, await adeTree());
      expect(await listSegmentationSplits(folder)).toEqual(['train', 'val']);
      const train = await openSegmentationDataset(folder);
      expect([train.length, train.split, train.classes.length, train.classes[149]]).toEqual([2, 'train', 150, 'flag']);
      expect(new Set(train.palette.map(String)).size).toBe(150);
      const { pixels, mask: read } = await train.read(1);
      expect([...read!]).toEqual([255, 0, 1, 2, 149, 255]);
      expect([...pixels]).toEqual([...testPixels(3, 2, 2)]);
      // Another name of the split, as for images with classes.
      const val = await openSegmentationDataset(folder, { split: 'test' });
      expect([val.split, val.nameOf(0)]).toEqual(['val', 'images/validation/c.png']);
      expect([...(await val.read(0)).mask!]).toEqual([4, 4, 4, 4, 4, 4]);
    }));

  it('takes classes of its own from classes.txt, whose labels begin at 0', () =>
    inFolder(async (folder) => {
      await writeTree(folder, {
        'images/a.png': await encodeTestImage(2, 1, 1),
        'annotations/a.png': mask([0, 1], 2),
        'classes.txt': 'sky\nearth\n\n',
      });
      const own = await openSegmentationDataset(folder);
      expect([own.classes, [...(await own.read(0)).mask!]]).toEqual([
        ['sky', 'earth'],
        [0, 1],
      ]);
      const reduced = await openSegmentationDataset(folder, { reduceZeroLabel: true });
      expect([...(await reduced.read(0)).mask!]).toEqual([255, 0]);
    }));

  it('reads Pascal VOC: the lists say what is in a split, 255 is no class', () =>
    inFolder(async (folder) => {
      await writeTree(folder, {
        'JPEGImages/x.jpg': await encodeTestImage(2, 2, 1, 'jpeg'),
        'JPEGImages/y.jpg': await encodeTestImage(2, 2, 2, 'jpeg'),
        'JPEGImages/unlabelled.jpg': await encodeTestImage(2, 2, 3, 'jpeg'),
        'SegmentationClass/x.png': mask([0, 20, 255, 1], 2),
        'SegmentationClass/y.png': mask([0, 0, 0, 0], 2),
        'ImageSets/Segmentation/train.txt': 'x\n',
        'ImageSets/Segmentation/val.txt': 'y\n',
      });
      const train = await openSegmentationDataset(folder);
      expect([train.length, train.classes.length, train.palette[20]]).toEqual([1, 21, [0, 64, 128]]);
      expect([...(await train.read(0)).mask!]).toEqual([0, 20, 255, 1]);
      await writeTree(folder, { 'ImageSets/Segmentation/val.txt': 'y\nz\n' });
      await expect(openSegmentationDataset(folder, { split: 'val' })).rejects.toThrow(/got "z" without a file in/);
    }));

  it('says what is wrong with a mask when the set is opened, naming file and value', () =>
    inFolder(async (folder) => {
      await writeTree(folder, await adeTree(mask([0, 1, 2, 3, 151, 0], 3)));
      await expect(openSegmentationDataset(folder)).rejects.toThrow(
        /mask ".*training\/b\.png": every label must be 0 .* 1 … 150 .* got 151 at column 1, row 1/,
      );
      await writeTree(folder, { 'annotations/training/b.png': mask([1, 2], 2) });
      await expect(openSegmentationDataset(folder)).rejects.toThrow(
        /b\.png": must be as large as its image ".*b\.png" \(3×2\), got 2×1/,
      );
      await rm(join(folder, 'annotations/training/b.png'));
      await expect(openSegmentationDataset(folder)).rejects.toThrow(/"[^"]*b\.png" without "[^"]*annotations/);
      await mkdir(join(folder, 'other/one'), { recursive: true });
      await expect(openSegmentationDataset(join(folder, 'other'))).rejects.toThrow(/holds no images with masks.*VOC/);
      await expect(openSegmentationDataset('synthetic-seg:none')).rejects.toThrow(/got "none"/);
    }));
});

describe('synthetic-seg', () => {
  it('gives the same scenes and masks on threads and in place, every class among them', async () => {
    const dataset = await openSegmentationDataset('synthetic-seg:20');
    expect([dataset.length, (await openSegmentationDataset('synthetic-seg:20', { split: 'val' })).length]).toEqual([
      20, 4,
    ]);
    const seen = new Set<number>();
    for (let i = 0; i < dataset.length; i++) for (const label of (await dataset.read(i)).mask!) seen.add(label);
    expect([...seen].sort((a, b) => a - b)).toEqual(dataset.classes.map((_, k) => k));
    const transform = segmentationTransform(48);
    const epochs = [0, 1].map(async (workers) => {
      const loader = createLoader(dataset, { batchSize: 5, seed: 3, shuffle: true, transform, workers });
      const batches = [];
      for await (const batch of loader.epoch(2)) batches.push(batch);
      await loader.close();
      return batches;
    });
    const [here, threads] = await Promise.all(epochs);
    expect(threads).toEqual(here);
    expect(here![0]!.masks).toHaveLength(5 * 48 * 48);
  });
});
