import type { FeatureTable } from '../features/feature-table.ts';
import { rankOf } from '../knn/knn-classify.ts';
import { type LinearClassifier, logitBlocks } from './linear-classifier.ts';

/** What a classifier says of each image. */
export interface Predictions {
  /** `[count]`, the class of the largest logit; the lower one on a tie. */
  readonly predicted: Int32Array;
  /** `[count]`, 1 where the label is among the five largest logits. */
  readonly top5: Uint8Array;
  /** Mean cross-entropy in nats. */
  readonly loss: number;
}

/** Index of the largest value; the lowest of equal ones. */
export function indexOfMax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

/** −log softmax(logits)[label]. */
export function crossEntropyOf(logits: ArrayLike<number>, label: number): number {
  const largest = logits[indexOfMax(logits)]!;
  let sum = 0;
  for (let k = 0; k < logits.length; k++) sum += Math.exp(logits[k]! - largest);
  return Math.log(sum) + largest - logits[label]!;
}

/** Classifies every row of a table, block by block. */
export async function classifyTable(
  table: FeatureTable,
  classifier: LinearClassifier,
  options: { readonly threads?: number } = {},
): Promise<Predictions> {
  const { classCount } = classifier;
  const predicted = new Int32Array(table.count);
  const top5 = new Uint8Array(table.count);
  let loss = 0;
  for await (const { start, rows, logits } of logitBlocks(table, classifier, options)) {
    for (let row = 0; row < rows; row++) {
      const line = logits.subarray(row * classCount, (row + 1) * classCount);
      const label = table.labels[start + row]!;
      predicted[start + row] = indexOfMax(line);
      top5[start + row] = rankOf(line, label) < 5 ? 1 : 0;
      loss += crossEntropyOf(line, label);
    }
  }
  return { predicted, top5, loss: loss / table.count };
}

/** Share of images whose predicted class is their label. */
export function accuracyOf(predicted: Int32Array, labels: Int32Array): number {
  let correct = 0;
  for (let i = 0; i < labels.length; i++) if (predicted[i] === labels[i]) correct++;
  return correct / labels.length;
}

/** Fraction of rows whose largest logit is their label's. */
export async function tableAccuracy(
  table: FeatureTable,
  classifier: LinearClassifier,
  options: { readonly threads?: number } = {},
): Promise<number> {
  return accuracyOf((await classifyTable(table, classifier, options)).predicted, table.labels);
}
