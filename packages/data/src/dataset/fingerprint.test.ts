import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { encodeTestImage, inFolder, writeTree } from '../testing/image-files.ts';
import { datasetFingerprint } from './fingerprint.ts';
import { openDataset } from './open-dataset.ts';

const fingerprint = async (...args: Parameters<typeof openDataset>) => datasetFingerprint(await openDataset(...args));

describe('datasetFingerprint', () => {
  it('is of pixels, labels and length for images in memory', async () => {
    const first = await fingerprint('synthetic:20');
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(await fingerprint('synthetic:20')).toBe(first);
    expect(await fingerprint('synthetic:21')).not.toBe(first);
    expect(await fingerprint('synthetic:20', { seed: 1 })).not.toBe(first);
  });

  it('is of the generator for images made when they are read', async () => {
    const large = { imageSize: 96 };
    const first = await fingerprint('synthetic:1000000', large);
    expect(await fingerprint('synthetic:1000000', { ...large, seed: 1 })).not.toBe(first);
  });

  it('changes with names, times and classes of files', () =>
    inFolder(async (folder) => {
      const png = await encodeTestImage(80, 70, 1);
      await writeTree(folder, { 'set/a/1.png': png, 'set/b/1.png': png });
      const set = join(folder, 'set');
      const seen = [await fingerprint(set)];
      expect(await fingerprint(set)).toBe(seen[0]);
      await utimes(join(set, 'a/1.png'), 1, 1);
      seen.push(await fingerprint(set));
      await writeTree(set, { 'b/2.png': png });
      seen.push(await fingerprint(set));
      expect(new Set(seen).size).toBe(3);
    }));
});
