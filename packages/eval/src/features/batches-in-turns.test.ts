import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Dataset, openDataset } from '@mfm/data';
import { localCommunicators } from '@mfm/mpi';
import sharp from 'sharp';
import type { VectorModel } from '../model/feature-model.ts';
import { batchesInTurns } from './batches-in-turns.ts';
import { type FeatureBatch, featureBatches } from './extract-features.ts';

const SIDE = 72;
/** Of batches of two, the first and the fourth are all undecodable, and half of the sixth. */
const [COUNT, BROKEN] = [13, [0, 1, 6, 7, 11]];

let folder: string;
let dataset: Dataset;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mfm-turns-'));
  await mkdir(join(folder, 'grey'));
  for (let i = 0; i < COUNT; i++) {
    const background = { r: 10 * i, g: 10 * i, b: 10 * i };
    // Too large to be decoded when the set is opened.
    const picture = sharp({ create: { width: 160, height: 150, channels: 3, background } }).png();
    const name = `${String(i).padStart(2, '0')}.png`;
    await writeFile(join(folder, 'grey', name), BROKEN.includes(i) ? 'no picture' : await picture.toBuffer());
  }
  dataset = await openDataset(folder, { imageSize: SIDE, skipBad: true });
});
afterAll(async () => {
  await dataset.close();
  await rm(folder, { recursive: true, force: true });
});

/** The first pixel's colours. */
const model = {
  ...{ path: 'pixels.onnx', dim: 3, parts: [{ name: 'first', output: 'first', dim: 3 }] },
  preprocessing: { imageSize: SIDE, resize: SIDE },
  runParts: async (pixels: Uint8Array) => {
    const count = pixels.length / (3 * SIDE * SIDE);
    return [Float32Array.from({ length: 3 * count }, (_, i) => pixels[Math.floor(i / 3) * 3 * SIDE * SIDE + (i % 3)]!)];
  },
} as unknown as VectorModel;

async function rowsOf(batches: AsyncIterable<FeatureBatch>): Promise<[index: number, grey: number][]> {
  const rows: [number, number][] = [];
  for await (const { parts, indices } of batches) {
    for (const [i, index] of indices.entries()) rows.push([index, parts[0]![3 * i]!]);
  }
  return rows;
}

describe('batchesInTurns', () => {
  it.each([2, 3, 8])(
    'gives every of %d ranks all rows in their order, also where whole batches are missing',
    async (size) => {
      const options = { batchSize: 2, workers: 0 };
      const whole = await rowsOf(featureBatches(model, dataset, options));
      expect(whole.map(([index]) => index)).toEqual([2, 3, 4, 5, 8, 9, 10, 12]);
      expect(whole[0]![1]).toBeCloseTo(20, 0);
      const ranks = localCommunicators(size).map((rank) => rowsOf(batchesInTurns(rank, model, dataset, options)));
      for (const rows of await Promise.all(ranks)) expect(rows).toEqual(whole);
    },
  );
});
