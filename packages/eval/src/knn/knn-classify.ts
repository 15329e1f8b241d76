import { columnMeans, type FeatureTable, normalizeRows } from '../features/feature-table.ts';
import { nearestRows } from './nearest-rows.ts';

export interface KnnOptions {
  /** Number of neighbours that vote. Default 20. */
  readonly k?: number;
  /** A neighbour of cosine similarity s votes with weight exp(s / temperature). Default 0.07. */
  readonly temperature?: number;
  /** Subtract the training features' mean before scaling to unit length. DINO does not: default false. */
  readonly center?: boolean;
  readonly threads?: number;
  readonly onProgress?: (done: number) => void;
}

export interface KnnResult {
  readonly k: number;
  readonly temperature: number;
  readonly center: boolean;
  readonly trainCount: number;
  readonly testCount: number;
  readonly dim: number;
  /** Fraction of test images whose label has the most votes. */
  readonly top1: number;
  /** Fraction whose label is among the five classes with the most votes; 1 when there are at most five classes. */
  readonly top5: number;
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
  const { k = 20, temperature = 0.07, center = false } = options;
  if (train.dim !== test.dim) {
    throw new Error(`knnClassify: features must have one length, got ${train.dim} (train) and ${test.dim} (test).`);
  }
  const mean = center ? columnMeans(train) : undefined;
  const queries = normalizeRows(test, mean);
  const bank = normalizeRows(train, mean);
  const neighbours = await nearestRows(queries, bank, train.dim, k, options);

  const classCount = 1 + train.labels.reduce((a, b) => Math.max(a, b), 0);
  let [top1, top5] = [0, 0];
  for (let row = 0; row < test.count; row++) {
    const votes = new Float64Array(classCount);
    for (let i = row * k; i < (row + 1) * k; i++) {
      votes[train.labels[neighbours.rows[i]!]!]! += Math.exp(neighbours.similarities[i]! / temperature);
    }
    const rank = rankOf(votes, test.labels[row]!);
    if (rank === 0) top1++;
    if (rank < 5) top5++;
  }
  return {
    k,
    temperature,
    center,
    trainCount: train.count,
    testCount: test.count,
    dim: train.dim,
    top1: top1 / test.count,
    top5: top5 / test.count,
  };
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
