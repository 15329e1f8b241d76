import { describe, expect, it } from '@jest/globals';
import { createRandom } from '@mfm/data';
import type { ImageBatch } from '../evaluate/test-batch.ts';
import { distinctBins, fourierBasis, perturbImage } from './fourier-basis.ts';
import { defaultMapNorm, fourierHeatMap, type HeatMapRows, makeHeatMapRows } from './heat-map.ts';

const SIDE = 8;
const COUNT = 12;
const LENGTH = 3 * SIDE * SIDE;

/** A wave that the toy classifier listens to: two classes, by the sign of ⟨wave, image⟩ + offset. */
const weights = Float32Array.from({ length: LENGTH }, (_, i) => Math.cos((2 * Math.PI * (i % SIDE)) / SIDE + 0.3));
const scoreOf = (image: Float32Array) => image.reduce((sum, value, i) => sum + value * weights[i]!, 0);
const classOf = (image: Float32Array) => (scoreOf(image) > 0 ? 1 : 0);

const classify = async ({ images, shape: [count] }: ImageBatch) =>
  Int32Array.from({ length: count }, (_, i) => classOf(images.subarray(i * LENGTH, (i + 1) * LENGTH)));

function makeImages(): ImageBatch {
  const random = createRandom(5);
  const images = Float32Array.from({ length: COUNT * LENGTH }, () => random.uniform());
  const labels = Int32Array.from({ length: COUNT }, (_, i) =>
    // One label is wrong on purpose: the clean error is 1 / 12.
    Math.abs(classOf(images.subarray(i * LENGTH, (i + 1) * LENGTH)) - Number(i === 7)),
  );
  return {
    kind: 'images',
    images,
    shape: [COUNT, 3, SIDE, SIDE],
    labels,
    indices: Int32Array.from({ length: COUNT }, (_, i) => 100 + i),
  };
}

const images = makeImages();

describe('fourierHeatMap', () => {
  it('is, for a linear classifier, what one perturbed image after the other gives', async () => {
    const { errors, cleanError, norm } = await fourierHeatMap({ images, classify, batchSize: 5 });
    expect(norm).toBe(1);
    expect(cleanError).toBeCloseTo(1 / 12, 12);
    const centre = SIDE / 2;
    const out = new Float32Array(LENGTH);
    for (const { bins } of distinctBins(SIDE, SIDE)) {
      for (const bin of bins) {
        const basis = fourierBasis(bin, SIDE);
        let wrong = 0;
        for (let i = 0; i < COUNT; i++) {
          perturbImage(images, i, bin, basis, { norm, seed: 0 }, out);
          if (classOf(out) !== images.labels[i]) wrong++;
        }
        const at = (fy: number, fx: number) => ((fy + centre + SIDE) % SIDE) * SIDE + ((fx + centre + SIDE) % SIDE);
        expect(errors[at(bin.fy, bin.fx)]).toBeCloseTo(wrong / COUNT, 12);
        expect(errors[at(-bin.fy, -bin.fx)]).toBeCloseTo(wrong / COUNT, 12);
      }
    }
    // The classifier hears its own wave, (0, ±1), and little else.
    const loudest = errors.indexOf(Math.max(...errors));
    expect([centre * SIDE + centre - 1, centre * SIDE + centre + 1]).toContain(loudest);
  });

  it('does not depend on the batch, and goes on from the rows that are kept', async () => {
    const whole = await fourierHeatMap({ images, classify, batchSize: 64 });
    const kept = new Map<number, readonly number[]>();
    const rows: HeatMapRows = {
      read: async (row) => kept.get(row),
      async write(row, wrong) {
        if (kept.size === 3) throw new Error('killed');
        kept.set(row, wrong);
      },
    };
    await expect(fourierHeatMap({ images, classify, batchSize: 3, rows })).rejects.toThrow('killed');
    let calls = 0;
    const steps: number[] = [];
    const counting = (batch: ImageBatch) => {
      calls += batch.shape[0];
      return classify(batch);
    };
    const resumed = await fourierHeatMap({
      ...{ images, classify: counting, batchSize: 7, rows: { ...rows, write: async () => {} } },
      onProgress: (done, total) => steps.push(done / total),
    });
    expect(resumed).toEqual(whole);
    const left = distinctBins(SIDE, SIDE).slice(3);
    expect(calls).toBe(COUNT * (1 + left.reduce((sum, { bins }) => sum + bins.length, 0)));
    expect(steps.at(-1)).toBe(1);
  });

  it('is put together from rows that several processes have made', async () => {
    const kept = new Map<number, readonly number[]>();
    const rows: HeatMapRows = {
      read: async (row) => kept.get(row),
      write: async (row, wrong) => void kept.set(row, wrong),
    };
    const totals = [0, 0, 0];
    for (const rank of [2, 0, 1]) {
      const onProgress = (_: number, total: number) => {
        totals[rank] = total;
      };
      const own = await makeHeatMapRows(
        { images, classify, batchSize: 9, rows, onProgress },
        (row) => row % 3 === rank,
      );
      expect([...own.keys()].every((row) => row % 3 === rank)).toBe(true);
    }
    const pairs = COUNT * distinctBins(SIDE, SIDE).reduce((sum, { bins }) => sum + bins.length, 0);
    expect(totals.reduce((a, b) => a + b)).toBe(pairs);
    let calls = 0;
    const counting = (batch: ImageBatch) => {
      calls += batch.shape[0];
      return classify(batch);
    };
    const map = await fourierHeatMap({ images, classify: counting, batchSize: 9, rows });
    expect(map).toEqual(await fourierHeatMap({ images, classify, batchSize: 64 }));
    // Only the clean error is left to measure.
    expect(calls).toBe(COUNT);
  });

  it('fills batches with several bins where the images are few', async () => {
    const sizes: number[] = [];
    const counting = (batch: ImageBatch) => {
      sizes.push(batch.shape[0]);
      return classify(batch);
    };
    await fourierHeatMap({ images, classify: counting, batchSize: 40, size: 5 });
    // The first row has 5 bins of 12 images: 40 + 20.
    expect(sizes.slice(0, 2)).toEqual([40, 20]);
  });

  it('has the norms of the paper', () => {
    expect(defaultMapNorm(32)).toBe(4);
    expect(defaultMapNorm(224)).toBe(15.7);
  });

  it('refuses sizes and norms that mean nothing', async () => {
    const map = (options: object) => fourierHeatMap({ images, classify, batchSize: 4, ...options });
    await expect(map({ size: 9 })).rejects.toThrow('size must be an integer from 1 to 8');
    await expect(map({ norm: 0 })).rejects.toThrow('norm must be positive, got 0');
    await expect(map({ images: { ...images, shape: [0, 3, SIDE, SIDE] } })).rejects.toThrow('at least one square');
  });
});
