import { describe, expect, it } from '@jest/globals';
import { createRandom, type Dataset, evalTransform, openDataset } from '@mfm/data';
import { contrast } from '../corruption/contrast.ts';
import { corruptImage } from '../corruption/corrupt-image.ts';
import { evaluateRobustness } from './evaluate-robustness.ts';
import type { Classifier } from './run-tests.ts';
import { toPixels } from './test-batch.ts';

const SIDE = 16;
const COUNT = 10;
const LENGTH = SIDE * SIDE * 3;

/** Image i has its class as the half that is brighter, by 10 + 10 i grey levels: classes 0 and 1, left and right. */
function makeDataset(): Dataset {
  const bytes = new Uint8Array(new SharedArrayBuffer(COUNT * LENGTH));
  const labels = Int32Array.from({ length: COUNT }, (_, i) => i % 2);
  for (let i = 0; i < COUNT; i++) {
    const random = createRandom(i);
    for (let p = 0; p < LENGTH; p++) {
      const isRight = Math.floor(p / 3) % SIDE >= SIDE / 2;
      bytes[i * LENGTH + p] = random.integer(40) + (Number(isRight) === labels[i] ? 100 + 10 * i : 90);
    }
  }
  const side = new Uint16Array(new SharedArrayBuffer(2 * COUNT)).fill(SIDE);
  const offset = Float64Array.from({ length: COUNT }, (_, i) => i * LENGTH);
  return {
    ...{ name: 'halves', split: undefined, length: COUNT, classes: ['left', 'right'], labels, inMemory: true },
    store: { kind: 'pixels', bytes, offset, width: side, height: side },
    ...{ skipBad: false, badSamples: [], label: (index) => labels[index]! },
    read: () => Promise.reject(new Error('not read')),
    close: async () => {},
  };
}

const dataset = makeDataset();
const base = { dataset, transform: evalTransform(SIDE), batchSize: 4 };

const classifierOf = (scores: (pixels: Uint8Array, count: number) => Float32Array): Classifier => ({
  name: 'test',
  identity: 'test',
  scores: async (batch) => scores(toPixels(batch).pixels, batch.shape[0]),
});

/** Sees the brighter half, but only a difference of more than 25 grey levels: weak contrast fools it into class 0. */
const classifier = classifierOf((pixels, count) => {
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
});

describe('evaluateRobustness', () => {
  it('counts what the predictor gets right, per corruption and severity, and averages', async () => {
    const result = await evaluateRobustness({
      ...base,
      classifier,
      corruptions: ['contrast', 'saturate'],
      workers: 0,
    });
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
    const record = classifierOf((pixels, count) => {
      seen.push(pixels.slice(0, LENGTH));
      return new Float32Array(2 * count);
    });
    const options = { ...base, classifier: record, corruptions: ['contrast', 'jpeg_compression'] };
    const alone = await evaluateRobustness({ ...options, workers: 0 });
    const onThreads = await evaluateRobustness({ ...options, workers: 2 });
    expect(onThreads).toEqual(alone);
    // Three batches of eleven tests, in the order of tests.
    expect(seen).toHaveLength(2 * 3 * 11);
    expect(seen.slice(33)).toEqual(seen.slice(0, 33));
    const image = {
      pixels: dataset.store.kind === 'pixels' ? dataset.store.bytes.slice(0, LENGTH) : new Uint8Array(),
      width: SIDE,
      height: SIDE,
    };
    expect(seen[0]).toEqual(image.pixels);
    expect(seen[3 * 5]).toEqual(corruptImage(image, contrast, 5));
  });

  it('works on an opened data set, several corruptions, and tells how far it is', async () => {
    const synthetic = await openDataset('synthetic:12', {});
    const steps: [number, number][] = [];
    const result = await evaluateRobustness({
      classifier: classifierOf((_, count) =>
        Float32Array.from({ length: 10 * count }, (_, k) => (k % 10 === 0 ? 1 : 0)),
      ),
      ...{ dataset: synthetic, transform: evalTransform(32), batchSize: 8, corruptions: ['pixelate', 'brightness'] },
      ...{ severities: [1, 5], workers: 0, onProgress: (done, total) => steps.push([done, total]) },
    });
    await synthetic.close();
    expect(steps).toHaveLength(1 + 2 * 5);
    expect(steps.at(-1)).toEqual([60, 60]);
    // Class 0 for everything: the same share under every corruption.
    expect(result.mean.accuracy).toBeCloseTo(result.clean.accuracy, 12);
    expect(result.clean.accuracy).toBeCloseTo(1 / 6, 12);
  });

  it('ends with the predictor’s error, and with a clear one for wrong options or predictions', async () => {
    const failing: Classifier = { ...classifier, scores: () => Promise.reject(new Error('out of memory')) };
    await expect(evaluateRobustness({ ...base, classifier: failing, workers: 1 })).rejects.toThrow('out of memory');
    const few = classifierOf(() => new Float32Array(3));
    await expect(evaluateRobustness({ ...base, classifier: few, workers: 0 })).rejects.toThrow(/got 3 values/);
    const broken = classifierOf((_, count) => new Float32Array(2 * count).fill(Number.NaN));
    await expect(evaluateRobustness({ ...base, classifier: broken, workers: 0 })).rejects.toThrow(/must be finite/);
    const unknown = { ...base, classifier, corruptions: ['contrst'] };
    await expect(evaluateRobustness(unknown)).rejects.toThrow(/Did you mean "contrast"/);
    await expect(evaluateRobustness({ ...base, classifier, severities: [] })).rejects.toThrow(/severities from 1/);
  });
});
