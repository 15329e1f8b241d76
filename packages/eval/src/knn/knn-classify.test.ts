import { describe, expect, it } from '@jest/globals';
import { createRandom } from '@mfm/data';
import { type MemoryTable, tableOf } from '../features/feature-table.ts';
import { knnClassify, rankOf } from './knn-classify.ts';
import { type Neighbours, nearestRows } from './nearest-rows.ts';

function randomTable(count: number, dim: number, classCount: number, seed: number): MemoryTable {
  const random = createRandom(seed, 'table');
  const features = Float32Array.from({ length: count * dim }, () => random.normal());
  const labels = Int32Array.from({ length: count }, () => random.integer(classCount));
  for (let row = 0; row < count; row++) features[row * dim + labels[row]!]! += 1.5;
  return tableOf(features, labels, dim);
}

/** Straight from the definition, in float64, with a full sort. */
function bruteForce(train: MemoryTable, test: MemoryTable, k: number, temperature: number, center: boolean) {
  const mean = Array.from({ length: train.dim }, (_, c) => {
    let sum = 0;
    for (let row = 0; row < train.count; row++) sum += train.features[row * train.dim + c]!;
    return center ? sum / train.count : 0;
  });
  const unit = ({ features, dim }: MemoryTable, row: number) => {
    const x = Array.from(features.subarray(row * dim, (row + 1) * dim), (value, c) => value - mean[c]!);
    const length = Math.hypot(...x);
    return x.map((value) => value / length);
  };
  const bank = Array.from({ length: train.count }, (_, row) => unit(train, row));
  let correct = 0;
  for (let row = 0; row < test.count; row++) {
    const query = unit(test, row);
    const order = bank
      .map((x, index) => ({ index, s: x.reduce((sum, value, c) => sum + value * query[c]!, 0) }))
      .sort((a, b) => b.s - a.s)
      .slice(0, k);
    const votes = new Map<number, number>();
    for (const { index, s } of order) {
      votes.set(train.labels[index]!, (votes.get(train.labels[index]!) ?? 0) + Math.exp(s / temperature));
    }
    const [[best]] = [...votes].sort((a, b) => b[1] - a[1]) as [[number, number]];
    if (best === test.labels[row]) correct++;
  }
  return correct / test.count;
}

describe('knnClassify', () => {
  it.each([
    { k: 1, center: false },
    { k: 20, center: false },
    { k: 20, center: true },
  ])('agrees with brute force for k = $k, center = $center', async ({ k, center }) => {
    const [train, test] = [randomTable(400, 12, 7, 1), randomTable(300, 12, 7, 2)];
    const [score] = (await knnClassify(train, test, { ks: [k], center })).scores;
    expect(score!.top1).toBe(bruteForce(train, test, k, 0.07, center));
    expect(score!.top1).toBeGreaterThan(0.3);
    expect(score!.top5).toBeGreaterThan(score!.top1);
  });

  it('gives for several k in one pass what each gives alone, in the order asked for', async () => {
    const [train, test] = [randomTable(400, 12, 7, 1), randomTable(300, 12, 7, 2)];
    const together = await knnClassify(train, test, { ks: [50, 1, 20] });
    const alone = await Promise.all([50, 1, 20].map((k) => knnClassify(train, test, { ks: [k] })));
    expect(together.scores).toEqual(alone.map(({ scores }) => scores[0]));
  });

  it('is perfect for k = 1 when asked about its own training set', async () => {
    const table = randomTable(300, 8, 5, 3);
    expect((await knnClassify(table, table, { ks: [1] })).scores[0]!.top1).toBe(1);
  });

  it('refuses features of different lengths', async () => {
    await expect(knnClassify(randomTable(10, 4, 2, 0), randomTable(10, 6, 2, 0), { ks: [1] })).rejects.toThrow(
      'knnClassify: features must have one length, got 4 (train) and 6 (test).',
    );
  });
});

/** A table without labels of its own. */
const rowsOf = (features: Float32Array, dim: number) => tableOf(features, new Int32Array(features.length / dim), dim);

async function nearest(queries: Float32Array, bank: Float32Array, dim: number, k: number) {
  const groups = [];
  for await (const group of nearestRows(rowsOf(queries, dim), rowsOf(bank, dim), k)) groups.push(group);
  return groups;
}

describe('nearestRows', () => {
  it('puts the lower row first on a tie, across blocks of the bank too', async () => {
    // 8,200 equal rows: more than one block of the bank.
    const bank = new Float32Array(8200 * 2).fill(1);
    const [{ rows, similarities }] = (await nearest(Float32Array.of(1, 0, 0, 1), bank, 2, 3)) as [Neighbours];
    expect([...rows]).toEqual([0, 1, 2, 0, 1, 2]);
    expect([...similarities]).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('never returns the padding of the last block', async () => {
    const bank = new Float32Array(8200 * 2).fill(-1);
    const [{ rows, similarities }] = (await nearest(Float32Array.of(1, 1), bank, 2, 8200)) as [Neighbours];
    expect(Math.max(...similarities)).toBe(-2);
    expect(new Set(rows).size).toBe(8200);
  });

  it('answers in groups that cover all queries, each query its own', async () => {
    const bank = Float32Array.from({ length: 5000 }, (_, i) => i);
    const queries = Float32Array.from({ length: 5000 }, (_, i) => (i % 2 === 0 ? 1 : -1));
    const groups = await nearest(queries, bank, 1, 1);
    expect(groups.map(({ start, count }) => [start, count])).toEqual([
      [0, 4096],
      [4096, 904],
    ]);
    expect([...groups[1]!.rows.subarray(0, 4)]).toEqual([4999, 0, 4999, 0]);
  });
});

describe('rankOf', () => {
  it('counts better classes, and equal ones of lower index', () => {
    expect([0, 1, 2, 3].map((label) => rankOf([1, 5, 5, 0], label))).toEqual([2, 0, 1, 3]);
    expect(rankOf([1, 2], 7)).toBe(2);
  });
});
