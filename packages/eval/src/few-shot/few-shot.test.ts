import { describe, expect, it } from '@jest/globals';
import { createRandom } from '@mfm/data';
import { columnMeans, loadTable, type MemoryTable, tableOf, unitTable } from '../features/feature-table.ts';
import { accuracyOf } from '../linear/predictions.ts';
import { FEW_SHOT_CLASSIFIERS, fewShot } from './few-shot.ts';

const DIM = 4;

/** Classes 1, 2 and 4 of five: two are not there. */
function randomTable(count: number, seed: number): MemoryTable {
  const random = createRandom(seed, 'few');
  const labels = Int32Array.from({ length: count }, (_, row) => [1, 2, 4][row % 3]!);
  const features = Float32Array.from(
    { length: count * DIM },
    (_, i) => 5 + random.normal() + (labels[Math.floor(i / DIM)]! === (i % DIM) + 1 ? 2 : 0),
  );
  return tableOf(features, labels, DIM);
}

const classes = ['a', 'b', 'c', 'd', 'e'];
const [train, test] = [randomTable(90, 1), randomTable(300, 2)];

describe('fewShot', () => {
  it('grows with the shots, is keyed by the seed, and its interval holds the mean', async () => {
    const options = { shots: [1, 5, 20], draws: 5, seed: 3, classes };
    const scores = await fewShot(train, test, options);
    expect(scores.map(({ shots, classifier }) => `${classifier} ${shots}`)).toEqual([
      ...['logistic 1', 'centroid 1', 'logistic 5', 'centroid 5', 'logistic 20', 'centroid 20'],
    ]);
    for (const name of ['logistic', 'centroid']) {
      const means = scores.filter(({ classifier }) => classifier === name).map(({ mean }) => mean);
      expect(means[0]!).toBeGreaterThan(1 / 3);
      expect(means[2]!).toBeGreaterThan(means[0]!);
    }
    for (const { accuracies, mean, interval } of scores) {
      expect(accuracies).toHaveLength(5);
      expect(mean).toBeCloseTo(accuracies.reduce((a, b) => a + b, 0) / 5, 12);
      expect(interval[0]).toBeLessThanOrEqual(mean);
    }
    const again = await fewShot(train, test, { ...options, shots: [5] });
    expect(again[0]!.accuracies).toEqual(scores[2]!.accuracies);
  });

  it('takes the nearest class mean', async () => {
    const unit = loadTable(unitTable(train, columnMeans(train)));
    const table = tableOf(
      unit.features,
      unit.labels.map((label) => [1, 2, 4].indexOf(label)),
      DIM,
    );
    const { weight, bias } = await FEW_SHOT_CLASSIFIERS.centroid(table, 3);
    const means = [0, 1, 2].map((k) => {
      const rows = [...table.labels.keys()].filter((row) => table.labels[row] === k);
      return Array.from(
        { length: DIM },
        (_, i) => rows.reduce((sum, row) => sum + table.features[row * DIM + i]!, 0) / rows.length,
      );
    });
    const predicted = (of: (x: Float32Array, k: number) => number) =>
      Int32Array.from(table.labels, (_, row) => {
        const x = table.features.subarray(row * DIM, (row + 1) * DIM);
        return [0, 1, 2].reduce((best, k) => (of(x, k) > of(x, best) ? k : best), 0);
      });
    const nearest = predicted((x, k) => -x.reduce((sum, value, i) => sum + (value - means[k]![i]!) ** 2, 0));
    expect(predicted((x, k) => x.reduce((sum, value, i) => sum + value * weight[k * DIM + i]!, bias[k]!))).toEqual(
      nearest,
    );
    expect(accuracyOf(nearest, table.labels)).toBeGreaterThan(0.6);
  });

  it('names a class with too few images', async () => {
    await expect(fewShot(train, test, { shots: [1, 31], draws: 1, seed: 0, classes })).rejects.toThrow(
      'eval few-shot: every class must have 31 training images, "b" has 30. Use fewer --shots, or more data.',
    );
  });
});
