import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { inFolder, writeTree } from '../testing/image-files.ts';
import { listSplits, openDataset } from './open-dataset.ts';

/** A record as in the official files: label, then red, green and blue planes. */
function record(label: number, [red, green, blue]: [number, number, number]): Uint8Array {
  const bytes = new Uint8Array(3073);
  bytes[0] = label;
  bytes.fill(red, 1, 1025).fill(green, 1025, 2049).fill(blue, 2049);
  bytes[2] = 250;
  return bytes;
}

async function writeCifar(folder: string): Promise<void> {
  const batches = [1, 2, 3, 4, 5].map((i) => [`data_batch_${i}.bin`, record(i, [i, 10 * i, 20 * i])] as const);
  await writeTree(folder, {
    ...Object.fromEntries(batches),
    'test_batch.bin': Buffer.concat([record(9, [1, 2, 3]), record(0, [4, 5, 6])]),
  });
}

describe('the CIFAR-10 binary version', () => {
  it('has planes made RGB, labels, splits and class names', () =>
    inFolder(async (folder) => {
      await writeCifar(join(folder, 'cifar-10-batches-bin'));
      expect(await listSplits(folder)).toEqual(['train', 'test']);
      const train = await openDataset(folder);
      expect(train).toMatchObject({ split: 'train', length: 5, inMemory: true });
      expect(train.classes[3]).toBe('cat');
      expect([...train.labels]).toEqual([1, 2, 3, 4, 5]);
      const { pixels, width, height } = await train.read(2);
      expect([width, height]).toEqual([32, 32]);
      expect([...pixels.subarray(0, 9)]).toEqual([3, 30, 60, 250, 30, 60, 3, 30, 60]);
      const test = await openDataset(join(folder, 'cifar-10-batches-bin'), { split: 'test' });
      expect([...test.labels]).toEqual([9, 0]);
    }));

  it('reports a wrong size, a missing batch and a label out of range', () =>
    inFolder(async (folder) => {
      await writeCifar(folder);
      await writeTree(folder, { 'data_batch_3.bin': record(1, [0, 0, 0]).subarray(0, 3000) });
      await expect(openDataset(folder)).rejects.toThrow(
        `the size of "${join(folder, 'data_batch_3.bin')}" must be a multiple of 3073 bytes, got 3000`,
      );
      await rm(join(folder, 'data_batch_3.bin'));
      await expect(openDataset(folder)).rejects.toThrow(`CIFAR-10 needs "${join(folder, 'data_batch_3.bin')}"`);
      await writeTree(folder, { 'test_batch.bin': record(10, [0, 0, 0]) });
      await expect(openDataset(folder, { split: 'test' })).rejects.toThrow(
        'labels of cifar10 must be in [0, 10), got 10 for sample 0',
      );
    }));
});
