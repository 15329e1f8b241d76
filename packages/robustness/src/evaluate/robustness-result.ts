import type { CorruptionCategory, Severity, TableSize } from '../corruption/corruption.ts';
import { CORRUPTIONS } from '../corruption/corruption-table.ts';

/** Top-1 figures as fractions; error = 1 − accuracy. */
export interface Score {
  accuracy: number;
  error: number;
}

/** One corruption over the severities that were evaluated. */
export interface CorruptionScore extends Score {
  name: string;
  category: CorruptionCategory;
  /** One of the four that the mean of ImageNet-C leaves out. */
  extra: boolean;
  severities: (Score & { severity: Severity })[];
}

/** Accuracies under corruptions, with their means. */
export interface CorruptionScores {
  /** `accuracy` and `error` of each are means over its severities. */
  corruptions: CorruptionScore[];
  /** Mean over the corruptions. */
  mean: Score;
}

/** What `evaluateRobustness` measured. */
export interface RobustnessResult extends CorruptionScores {
  /** Images in each figure. */
  images: number;
  clean: Score;
  /** Which of the reference's parameter tables was used. */
  tableSize: TableSize;
  seed: number;
}

export function score(accuracy: number): Score {
  return { accuracy, error: 1 - accuracy };
}

export function meanScore(scores: readonly Score[]): Score {
  return score(scores.reduce((sum, { accuracy }) => sum + accuracy, 0) / scores.length);
}

/**
 * Gathers accuracies by corruption and severity.
 *
 * @param accuracies by test id; those named `<prefix><corruption>/<severity>` are taken, in the table's order
 * @param prefix `corruption/` for those made in memory, `imagenet-c/` and `cifar10-c/` for published ones
 */
export function corruptionScores(accuracies: ReadonlyMap<string, number>, prefix: string): CorruptionScores {
  const corruptions = CORRUPTIONS.flatMap(({ name, category, extra }) => {
    const severities = ([1, 2, 3, 4, 5] as const).flatMap((severity) => {
      const accuracy = accuracies.get(`${prefix}${name}/${severity}`);
      return accuracy === undefined ? [] : [{ severity, ...score(accuracy) }];
    });
    return severities.length === 0 ? [] : [{ name, category, extra, severities, ...meanScore(severities) }];
  });
  return { corruptions, mean: meanScore(corruptions) };
}
