import { describe, expect, it } from '@jest/globals';
import { createLoader, createRandom, evalTransform, openDataset } from '@mfm/data';
import { contrast } from '../corruption/contrast.ts';
import { corruptImage } from '../corruption/corrupt-image.ts';
import { evaluateRobustness } from './evaluate-robustness.ts';
import type { Predict } from './predict.ts';

const SIDE = 16;
const COUNT = 10;
const LENGTH = SIDE * SIDE * 3;

/** Image i has its class as the quarter that is bright: classes 0 and 1, left and right. */
function makeBatch(start: number, count: number) {
  const pixels = new Uint8Array(count * LENGTH);
  const labels = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const random = createRandom(start + i);
    labels[i] = (start + i) % 2;
    for (let p = 0; p < LENGTH; p++) {
      const isRight = Math.floor(p / 3) % SIDE >= SIDE / 2;
      pixels[i * LENGTH + p] = random.integer(40) + (Number(isRight) === labels[i] ? 100 + 10 * (start + i) : 90);
    }
  }
  const indices = Int32Array.from({ length: count }, (_, i) => start + i);
  return { pixels, labels, indices, shape: [count, SIDE, SIDE, 3] as [number, number, number, 3] };
}

const loader = {
  batchesPerEpoch: 3,
  async *epoch() {
    yield makeBatch(0, 4);
    yield makeBatch(4, 4);
    yield makeBatch(8, 2);
  },
};

/** Sees the brighter half, but only a difference of more than 25 grey levels: weak contrast fools it into class 0. */
const predict: Predict = async (pixels, [count]) => {
  const scores = new Float32Array(count * 2);
  for (let i = 0; i < count; i++) {
    const sums: [number, number] = [0, 0];
    for (let p = 0; p < LENGTH; p++) {
      const half = Math.floor(p / 3) % SIDE >= SIDE / 2 ? 1 : 0;
      sums[half] += pixels[i * LENGTH + p]! / (LENGTH / 2);
    }
    scores[2 * i] = 25;
    scores[2 * i + 1] = sums[1] - sums[0];
  }
  return scores;
};

describe('evaluateRobustness', () => {
  it('counts what the predictor gets right, per corruption and severity, and averages', async () => {
    const result = await evaluateRobustness({ predict, loader, corruptions: ['contrast', 'saturate'], workers: 0 });
    expect(result.images).toBe(COUNT);
    expect(result.tableSize).toBe(32);
    // Class 0 is always right; class 1 where image i's difference, 10 + 10 i, is seen: i = 3, 5, 7, 9.
    expect(result.clean.accuracy).toBeCloseTo(0.9, 12);
    expect(result.corruptions.map(({ name }) => name)).toEqual(['contrast', 'saturate']);
    const [byContrast, bySaturation] = result.corruptions as [
      (typeof result.corruptions)[0],
      (typeof result.corruptions)[0],
    ];
    // Differences scaled by 0.75, 0.5, 0.4, 0.3, 0.15 exceed 25 for i above 2.3, 4, 5.25, 7.3, 15.7.
    expect(byContrast.severities.map(({ accuracy }) => accuracy)).toBeAllclose([0.9, 0.8, 0.7, 0.6, 0.5], {
      rtol: 1e-9,
    });
    expect(byContrast.accuracy).toBeCloseTo(0.7, 12);
    expect(byContrast.error).toBeCloseTo(0.3, 12);
    expect(result.mean.accuracy).toBeCloseTo((byContrast.accuracy + bySaturation.accuracy) / 2, 12);
  });

  it('shows the predictor each image as corrupted, on threads as in the caller', async () => {
    const seen: Uint8Array[] = [];
    const record: Predict = async (pixels, [count]) => {
      seen.push(pixels.slice(0, LENGTH));
      return new Int32Array(count);
    };
    const options = { predict: record, loader, corruptions: ['contrast', 'jpeg_compression'] };
    const alone = await evaluateRobustness({ ...options, workers: 0 });
    const onThreads = await evaluateRobustness({ ...options, workers: 2 });
    expect(onThreads).toEqual(alone);
    expect(seen).toHaveLength(2 * 3 * 11);
    expect(seen.slice(33)).toEqual(seen.slice(0, 33));
    const image = { pixels: makeBatch(0, 1).pixels, width: SIDE, height: SIDE };
    expect(seen[0]).toEqual(image.pixels);
    expect(seen[5]).toEqual(corruptImage(image, contrast, 5));
  });

  it('works on a loader, all corruptions, and tells how far it is', async () => {
    const dataset = await openDataset('synthetic:12', {});
    const real = createLoader(dataset, { batchSize: 8, transform: evalTransform(32), workers: 0 });
    const steps: number[] = [];
    const result = await evaluateRobustness({
      predict: async (_, [count]) => new Int32Array(count),
      loader: real,
      severities: [1, 5],
      onProgress: (done, total) => steps.push(done / total),
    });
    await real.close();
    await dataset.close();
    expect(result.corruptions).toHaveLength(8);
    expect(steps).toHaveLength(2 * (1 + 8 * 2));
    expect(steps.at(-1)).toBe(1);
    // Class 0 for everything: the same share under every corruption.
    expect(result.mean.accuracy).toBeCloseTo(result.clean.accuracy, 12);
  });

  it('ends with the predictor’s error, and with a clear one for wrong options or predictions', async () => {
    const failing = evaluateRobustness({
      predict: () => Promise.reject(new Error('out of memory')),
      loader,
      workers: 1,
    });
    await expect(failing).rejects.toThrow('out of memory');
    const few = evaluateRobustness({ predict: async () => new Int32Array(3), loader, workers: 0 });
    await expect(few).rejects.toThrow('got 3 values for 4 images');
    const unknown = evaluateRobustness({ predict, loader, corruptions: ['fogg'], workers: 0 });
    await expect(unknown).rejects.toThrow('got "fogg"');
    await expect(evaluateRobustness({ predict, loader, severities: [], workers: 0 })).rejects.toThrow('severities []');
  });
});
