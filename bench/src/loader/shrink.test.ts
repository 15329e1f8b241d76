import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { benchShrink } from './shrink.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mfm-shrink-'));
  for (const [name, side] of [
    ['small.jpg', 40],
    ['large.jpg', 200],
  ] as const) {
    const pixels = Uint8Array.from({ length: side * side * 3 }, (_, i) => 127 + 90 * Math.sin(i / 40));
    await writeFile(
      join(folder, name),
      await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
        .jpeg()
        .toBuffer(),
    );
  }
});
afterAll(() => rm(folder, { recursive: true }));

describe('benchShrink', () => {
  it('measures images that are large enough alone', async () => {
    const result = await benchShrink(folder, 32, 10);
    expect(result).toMatchObject({ images: 2, reducible: 1 });
    expect(result.psnr).toBeGreaterThan(20);
    expect(result.largestDifference).toBeGreaterThanOrEqual(result.meanDifference);
    expect(await benchShrink(folder, 100, 10)).toMatchObject({ reducible: 0, largestDifference: 0 });
    await expect(benchShrink('/nowhere', 32, 10)).rejects.toThrow(/folder of JPEGs/);
  });
});
