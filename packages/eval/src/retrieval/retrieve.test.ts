import { describe, expect, it } from '@jest/globals';
import { createRandom } from '@mfm/data';
import { type MemoryTable, tableOf } from '../features/feature-table.ts';
import { rankQuery } from './average-precision.ts';
import { retrieve } from './retrieve.ts';

describe('rankQuery', () => {
  it('has scikit-learn’s average precision', () => {
    // r = np.random.default_rng(0); s = np.round(r.normal(size=12), 3); y = (r.random(12) < 0.4).astype(int)
    // sklearn.metrics.average_precision_score(y, s), scikit-learn 1.9
    const scores = [0.126, -0.132, 0.64, 0.105, -0.536, 0.362, 1.304, 0.947, -0.704, -1.265, -0.623, 0.041];
    const relevant = [0, 1, 0, 1, 0, 0, 1, 0, 1, 1, 0, 0];
    const ranked = rankQuery(Float32Array.from(scores), (row) => relevant[row] === 1)!;
    expect(ranked.averagePrecision).toBeCloseTo(0.49772727272727274, 12);
  });

  it('counts equal similarities against the model, and not the query itself', () => {
    const equal = new Float32Array(4).fill(0.5);
    // Two irrelevant ones first: 1/3, 2/4.
    const ranked = rankQuery(equal, (row) => row < 2)!;
    expect(ranked).toEqual({ averagePrecision: (1 / 3 + 2 / 4) / 2, precisionAtR: 0, firstRank: 3 });
    expect(rankQuery(Float32Array.of(1, 0.2, 0.9, 0.8), (row) => row < 2, 0)!.firstRank).toBe(3);
    expect(rankQuery(equal, (row) => row === 2, 2)).toBeUndefined();
  });
});

function randomTable(count: number, seed: number): MemoryTable {
  const random = createRandom(seed, 'table');
  const labels = Int32Array.from({ length: count }, () => random.integer(3));
  const features = Float32Array.from(
    { length: count * 6 },
    (_, i) => random.normal() + (labels[Math.floor(i / 6)] === i % 6 ? 1 : 0),
  );
  return tableOf(features, labels, 6);
}

/** From the definition: sort, and walk down the list. */
function bruteForce(queries: MemoryTable, gallery: MemoryTable) {
  const row = ({ features }: MemoryTable, i: number) => features.subarray(6 * i, 6 * i + 6);
  const cosine = (a: Float32Array, b: Float32Array) =>
    a.reduce((sum, x, i) => sum + x * b[i]!, 0) / Math.hypot(...a) / Math.hypot(...b);
  const precisions: number[] = [];
  let first = 0;
  for (let q = 0; q < queries.count; q++) {
    const others = [...gallery.labels.keys()].filter((i) => queries !== gallery || i !== q);
    const order = others
      .map((i) => ({ hit: gallery.labels[i] === queries.labels[q], s: cosine(row(queries, q), row(gallery, i)) }))
      .sort((a, b) => b.s - a.s);
    const places = order.flatMap(({ hit }, place) => (hit ? [place + 1] : []));
    precisions.push(places.reduce((sum, place, i) => sum + (i + 1) / place, 0) / places.length);
    if (places[0] === 1) first++;
  }
  return { map: precisions.reduce((a, b) => a + b, 0) / precisions.length, first: first / queries.count };
}

describe('retrieve', () => {
  it('agrees with a full sort, over a gallery of its own and leave-one-out', async () => {
    const [queries, gallery] = [randomTable(300, 1), randomTable(250, 2)];
    for (const bank of [gallery, queries]) {
      const { meanAveragePrecision, recall } = await retrieve(queries, bank);
      const expected = bruteForce(queries, bank);
      expect(meanAveragePrecision.mean).toBeCloseTo(expected.map, 6);
      expect(recall[0]).toEqual({ k: 1, share: expected.first });
    }
  });

  it('counts queries without an answer apart', async () => {
    const gallery = tableOf(Float32Array.of(1, 0, 0, 1), Int32Array.of(0, 1), 2);
    const queries = tableOf(Float32Array.of(1, 0.1, 1, 0.1), Int32Array.of(0, 2), 2);
    const result = await retrieve(queries, gallery);
    expect(result).toMatchObject({ queries: 1, unanswerable: 1, gallery: 2 });
    expect(result.meanAveragePrecision.mean).toBe(1);
  });
});
