import { UserError } from '@mfm/cli';
import { createRandom } from '@mfm/data';
import { columnMeans, type FeatureTable, loadTable, selectRows, unitTable } from '../features/feature-table.ts';
import type { LinearClassifier } from '../linear/linear-classifier.ts';
import { openLogisticProblem } from '../linear/logistic-regression.ts';
import { tableAccuracy } from '../linear/predictions.ts';
import { type MeanScore, meanScore } from '../measure/mean-interval.ts';

/** Fits a classifier to the few images; their labels are 0 … classCount − 1, and there are some of each. */
type Fit = (shots: FeatureTable, classCount: number, threads?: number) => Promise<LinearClassifier>;

/** Nearest class mean by Euclidean distance, as a linear classifier: −‖x − c‖² = 2·c·x − ‖c‖² + what all classes share (Wang et al. 2019, SimpleShot). */
async function nearestMean(table: FeatureTable, classCount: number): Promise<LinearClassifier> {
  const { dim, labels, features } = loadTable(table);
  const weight = new Float64Array(classCount * dim);
  const counts = new Int32Array(classCount);
  for (const [row, label] of labels.entries()) {
    counts[label]!++;
    for (let i = 0; i < dim; i++) weight[label * dim + i]! += features[row * dim + i]!;
  }
  const bias = new Float64Array(classCount);
  for (let i = 0; i < weight.length; i++) {
    const k = Math.floor(i / dim);
    weight[i]! /= counts[k]!;
    bias[k]! -= weight[i]! ** 2 / 2;
  }
  return { weight, bias, classCount, dim };
}

/** Logistic regression with scikit-learn's default strength, C = 1 (Tian et al. 2020): λ = 1 / images. */
async function logisticRegression(
  table: FeatureTable,
  classCount: number,
  threads?: number,
): Promise<LinearClassifier> {
  const problem = await openLogisticProblem(table, classCount, threads === undefined ? {} : { threads });
  try {
    return (await problem.fit({ weightDecay: 1 / table.count })).classifier;
  } finally {
    await problem.close();
  }
}

/** Classifiers by name. */
export const FEW_SHOT_CLASSIFIERS = {
  logistic: logisticRegression,
  centroid: nearestMean,
} as const satisfies Record<string, Fit>;

export type FewShotClassifier = keyof typeof FEW_SHOT_CLASSIFIERS;

export interface FewShotOptions {
  /** Images of each class. */
  readonly shots: readonly number[];
  /** Drawings of them. */
  readonly draws: number;
  readonly seed: number;
  readonly classes: readonly string[];
  readonly threads?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface FewShotScore extends MeanScore {
  readonly shots: number;
  readonly classifier: FewShotClassifier;
  /** Test accuracy of each drawing. */
  readonly accuracies: readonly number[];
}

/** Rows of each class that has some. */
function rowsByClass({ labels }: FeatureTable): Map<number, number[]> {
  const rows = new Map<number, number[]>();
  for (const [row, label] of labels.entries()) {
    const own = rows.get(label);
    if (own) own.push(row);
    else rows.set(label, [row]);
  }
  return new Map([...rows].sort(([a], [b]) => a - b));
}

/** The table with its labels numbered anew; rows of other classes must not be there. */
const relabelled = (table: FeatureTable, numbers: ReadonlyMap<number, number>): FeatureTable => ({
  ...table,
  labels: table.labels.map((label) => numbers.get(label)!),
});

/**
 * Few-shot classification of frozen features: so many training images of each class, drawn several times, classify the whole test set. Features are
 * centred by the training set's mean (of images, not of labels) and scaled to unit length. The images of fewer shots are among those of more.
 *
 * @throws UserError for a class with fewer images than the most shots
 */
export async function fewShot(
  train: FeatureTable,
  test: FeatureTable,
  { shots, draws, seed, classes, threads, onProgress }: FewShotOptions,
): Promise<FewShotScore[]> {
  const byClass = rowsByClass(train);
  const most = Math.max(...shots);
  for (const [label, rows] of byClass) {
    if (rows.length >= most) continue;
    throw new UserError(
      `eval few-shot: every class must have ${most} training images, "${classes[label]}" has ${rows.length}. Use fewer --shots, or more data.`,
    );
  }
  const numbers = new Map([...byClass.keys()].map((label, i) => [label, i]));
  const mean = columnMeans(train);
  const bank = unitTable(train, mean);
  const queries = relabelled(unitTable(test, mean), numbers);
  const names = Object.keys(FEW_SHOT_CLASSIFIERS) as FewShotClassifier[];
  const scores = shots.flatMap((count) =>
    names.map((classifier) => ({ shots: count, classifier, accuracies: [] as number[] })),
  );
  const total = draws * scores.length;
  for (let draw = 0; draw < draws; draw++) {
    const orders = [...byClass].map(([label, rows]) => {
      const order = createRandom(seed, draw, label, 'few-shot').permutation(rows.length);
      return Array.from(order, (place) => rows[place]!);
    });
    for (const score of scores) {
      const chosen = Int32Array.from(orders.flatMap((rows) => rows.slice(0, score.shots))).sort();
      const few = relabelled(selectRows(bank, chosen), numbers);
      const classifier = await FEW_SHOT_CLASSIFIERS[score.classifier](few, byClass.size, threads);
      score.accuracies.push(await tableAccuracy(queries, classifier, threads === undefined ? {} : { threads }));
      onProgress?.(draw * scores.length + scores.indexOf(score) + 1, total);
    }
  }
  return scores.map((score) => ({ ...score, ...meanScore(score.accuracies) }));
}
