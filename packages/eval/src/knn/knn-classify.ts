import type { Interval } from '@mfm/robustness';
import { columnMeans, type FeatureTable, unitTable } from '../features/feature-table.ts';
import { wilsonInterval } from '../measure/wilson.ts';
import { nearestRows } from './nearest-rows.ts';

export interface KnnOptions {
  /** Numbers of neighbours that vote, all in one pass. Default 20 alone. */
  readonly ks?: readonly number[];
  /** A neighbour of cosine similarity s votes with weight exp(s / temperature). Default 0.07. */
  readonly temperature?: number;
  /** Subtract the training features' mean before scaling to unit length. DINO does not: default false. */
  readonly center?: boolean;
  readonly threads?: number;
  readonly onProgress?: (done: number) => void;
}

/** Accuracies for one number of neighbours. */
export interface KnnScore {
  readonly k: number;
  /** Fraction of test images whose label has the most votes. */
  readonly top1: number;
  /** Of it: Wilson, 95 %. */
  readonly interval: Interval;
  /** Fraction whose label is among the five classes with the most votes; 1 when there are at most five classes. */
  readonly top5: number;
}

export interface KnnResult {
  readonly temperature: number;
  readonly center: boolean;
  readonly trainCount: number;
  readonly testCount: number;
  readonly dim: number;
  /** In the order of `ks`. */
  readonly scores: readonly KnnScore[];
}

/**
 * Weighted k-nearest-neighbour classification of frozen features, as in DINO's `eval_knn.py`: cosine similarity, weights
 * exp(similarity / temperature). Ties between neighbours go to the earlier training image, ties between classes to the lower index.
 */
export async function knnClassify(
  train: FeatureTable,
  test: FeatureTable,
  options: KnnOptions = {},
): Promise<KnnResult> {
  const { ks = [20], temperature = 0.07, center = false } = options;
  if (train.dim !== test.dim) {
    throw new Error(`knnClassify: features must have one length, got ${train.dim} (train) and ${test.dim} (test).`);
  }
  const mean = center ? columnMeans(train) : undefined;
  const most = Math.max(...ks);
  const classCount = 1 + train.labels.reduce((a, b) => Math.max(a, b), 0);
  const order = ks.map((k, place) => ({ k, place })).sort((a, b) => a.k - b.k);
  const [top1, top5] = [new Float64Array(ks.length), new Float64Array(ks.length)];
  const votes = new Float64Array(classCount);
  for await (const group of nearestRows(unitTable(test, mean), unitTable(train, mean), most, options)) {
    for (let row = 0; row < group.count; row++) {
      votes.fill(0);
      let counted = 0;
      for (const { k, place } of order) {
        for (; counted < k; counted++) {
          const i = row * most + counted;
          votes[train.labels[group.rows[i]!]!]! += Math.exp(group.similarities[i]! / temperature);
        }
        const rank = rankOf(votes, test.labels[group.start + row]!);
        if (rank === 0) top1[place]!++;
        if (rank < 5) top5[place]!++;
      }
    }
  }
  const scores = ks.map((k, i) => ({
    ...{ k, top1: top1[i]! / test.count, interval: wilsonInterval(top1[i]!, test.count) },
    top5: top5[i]! / test.count,
  }));
  return { temperature, center, trainCount: train.count, testCount: test.count, dim: train.dim, scores };
}

/** Position of a class in the order of descending scores, 0 = best; a class with no score at all comes last. */
export function rankOf(scores: ArrayLike<number>, label: number): number {
  const own = scores[label];
  if (own === undefined) return scores.length;
  let rank = 0;
  for (let other = 0; other < scores.length; other++) {
    if (scores[other]! > own || (scores[other] === own && other < label)) rank++;
  }
  return rank;
}
