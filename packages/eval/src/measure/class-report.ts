import type { Interval } from '@mfm/robustness';
import { wilsonInterval } from './wilson.ts';

/** How one class fares. */
export interface ClassScore {
  readonly name: string;
  /** Images of the class. */
  readonly count: number;
  /** Share of them that was recognised (recall). */
  readonly accuracy: number;
  /** Wilson, 95 %. */
  readonly interval: Interval;
}

/** What a classifier's answers amount to. */
export interface ClassReport {
  /** Images. */
  readonly count: number;
  readonly accuracy: number;
  /** Of the accuracy: Wilson, 95 %. */
  readonly interval: Interval;
  /** Mean of the classes' accuracies: every class counts the same. */
  readonly meanClassAccuracy: number;
  /** Classes that have images, in the order of their numbers. */
  readonly perClass: readonly ClassScore[];
  /** `[true class][predicted class]`, numbers of images, over all classes. */
  readonly confusion: readonly (readonly number[])[];
}

/**
 * Accuracy over all and by class, with 95 % intervals, and the confusion matrix.
 *
 * @param predicted, labels `[N]`, numbers of classes
 * @param classes names
 */
export function classReport(predicted: Int32Array, labels: Int32Array, classes: readonly string[]): ClassReport {
  const confusion = classes.map(() => new Array<number>(classes.length).fill(0));
  for (let i = 0; i < labels.length; i++) confusion[labels[i]!]![predicted[i]!]!++;
  const perClass = confusion.flatMap((row, k): ClassScore[] => {
    const count = row.reduce((sum, images) => sum + images, 0);
    if (count === 0) return [];
    return [{ name: classes[k]!, count, accuracy: row[k]! / count, interval: wilsonInterval(row[k]!, count) }];
  });
  const correct = confusion.reduce((sum, row, k) => sum + row[k]!, 0);
  return {
    count: labels.length,
    accuracy: correct / labels.length,
    interval: wilsonInterval(correct, labels.length),
    meanClassAccuracy: perClass.reduce((sum, { accuracy }) => sum + accuracy, 0) / perClass.length,
    perClass,
    confusion,
  };
}

/** The most frequent mistakes, most frequent first; of equal ones the lower classes. */
export function worstConfusions(
  { confusion }: ClassReport,
  classes: readonly string[],
  most: number,
): { readonly label: string; readonly predicted: string; readonly count: number }[] {
  const mistakes = confusion.flatMap((row, k) =>
    row.flatMap((count, j) => (j !== k && count > 0 ? [{ label: classes[k]!, predicted: classes[j]!, count }] : [])),
  );
  return mistakes.sort((a, b) => b.count - a.count).slice(0, most);
}
