import { describe, expect, it } from '@jest/globals';
import { createLoader, createRandom, openDataset, trainTransform } from '@mfm/data';
import { tableOf } from '../../features/feature-table.ts';
import type { VectorModel } from '../../model/feature-model.ts';
import { fitLinearProbe } from '../linear-probe.ts';
import { tableAccuracy } from '../predictions.ts';
import { croppedFeatures, type FeatureBatches, storedFeatures } from './feature-batches.ts';
import { HEAD_PROTOCOLS, rateShare } from './head-protocols.ts';
import { trainHeads } from './train-heads.ts';

/** Features and labels of an epoch, batch after batch. */
async function collect(batches: FeatureBatches, epoch: number) {
  const rows: { features: number[]; labels: number[] }[] = [];
  for await (const { features, labels } of batches.epoch(epoch))
    rows.push({ features: [...features], labels: [...labels] });
  return rows;
}

describe('storedFeatures', () => {
  it('gives every row at most once an epoch, with its label, in another order each epoch', async () => {
    const table = tableOf(
      Float32Array.from({ length: 22 }, (_, i) => i),
      Int32Array.from({ length: 11 }, (_, i) => i),
      2,
    );
    const batches = storedFeatures(table, { batchSize: 4, seed: 1 });
    const [first, again, second] = [await collect(batches, 0), await collect(batches, 0), await collect(batches, 1)];
    expect(first).toHaveLength(2);
    const labels = first.flatMap((batch) => batch.labels);
    expect(new Set(labels).size).toBe(8);
    expect(first.flatMap(({ features }) => features)).toEqual(labels.flatMap((label) => [2 * label, 2 * label + 1]));
    expect(again).toEqual(first);
    expect(second).not.toEqual(first);
  });
});

describe('croppedFeatures', () => {
  it("gives the model's features of random crops, cut into the heads' batches", async () => {
    const dataset = await openDataset('synthetic:60', { imageSize: 8 });
    const subset = Int32Array.from({ length: 30 }, (_, i) => 2 * i);
    const sumOf = (pixels: Uint8Array) =>
      Float32Array.from({ length: pixels.length / 192 }, (_, i) =>
        pixels.subarray(i * 192, (i + 1) * 192).reduce((sum, value) => sum + value, 0),
      );
    const model = {
      dim: 1,
      preprocessing: { imageSize: 8, interpolation: 'bicubic' },
      run: async (pixels: Uint8Array) => sumOf(pixels),
    } as unknown as VectorModel;
    const batches = croppedFeatures(model, dataset, subset, { batchSize: 7, seed: 3, workers: 0 });
    const got = await collect(batches, 1);
    await batches.close();
    const loader = createLoader(dataset, {
      ...{ batchSize: 30, shuffle: true, seed: 3, subset, workers: 0 },
      transform: trainTransform(8, { scale: [0.08, 1] }),
    });
    for await (const { pixels, labels } of loader.epoch(1)) {
      expect(got.flatMap(({ features }) => features)).toEqual([...sumOf(pixels).subarray(0, 28)]);
      expect(got.flatMap((batch) => batch.labels)).toEqual([...labels.subarray(0, 28)]);
    }
    expect(batches.batchesPerEpoch).toBe(4);
  });
});

describe('rateShare', () => {
  it('rises linearly from 0 and falls by half a cosine to 0', () => {
    const schedule = { epochs: 90, warmupEpochs: 10 };
    expect([0, 5, 10, 50, 90].map((epoch) => rateShare(epoch, schedule))).toBeAllclose([0, 0.5, 1, 0.5, 0]);
    expect(rateShare(0, { epochs: 10, warmupEpochs: 0 })).toBe(1);
  });
});

describe('trainHeads', () => {
  const random = createRandom(5, 'heads');
  const labels = Int32Array.from({ length: 900 }, () => random.integer(3));
  const features = Float32Array.from({ length: 900 * 4 }, (_, i) => {
    const label = labels[Math.floor(i / 4)]!;
    return random.normal() + (i % 4 === label ? 1.5 : 0);
  });
  const table = tableOf(features, labels, 4);

  it.each(['mae', 'dino'] as const)('comes near the converged logistic regression by the protocol %s', async (name) => {
    const protocol = { ...HEAD_PROTOCOLS[name], epochs: 12, warmupEpochs: 1, batchSize: 30 };
    const baseRates = name === 'mae' ? [50] : [1e-3, 0.5];
    const batches = storedFeatures(table, { batchSize: 30, seed: 0 });
    const heads = await trainHeads(batches, { ...protocol, baseRates, classCount: 3, dim: 4, seed: 0 });
    const accuracies = await Promise.all(heads.map(({ classifier }) => tableAccuracy(table, classifier)));
    const { trainAccuracy } = await fitLinearProbe(table, { classCount: 3, weightDecays: [1e-3] });
    expect(trainAccuracy).toBeGreaterThan(0.7);
    expect(accuracies.at(-1)!).toBeGreaterThan(trainAccuracy - 0.02);
    const { losses } = heads.at(-1)!;
    expect(losses.at(-1)!).toBeLessThan(losses[0]!);
  });

  it('leaves out a head that diverges, and says so when none is left', async () => {
    const wild = tableOf(
      features.map((value) => 1e18 * value),
      labels,
      4,
    );
    const settings = { ...HEAD_PROTOCOLS.dino, epochs: 2, batchSize: 30, classCount: 3, dim: 4, seed: 0 };
    const batches = storedFeatures(wild, { batchSize: 30, seed: 0 });
    const heads = await trainHeads(batches, { ...settings, baseRates: [1e-36, 1e30] });
    expect(heads.map(({ baseRate }) => baseRate)).toEqual([1e-36]);
    await expect(trainHeads(batches, { ...settings, baseRates: [1e30] })).rejects.toThrow(
      "a head's weights must stay finite, got none at learning rates 1e+30. Choose smaller ones with --learning-rates.",
    );
  });
});
