import type { CorruptionCategory, Severity, TableSize } from '../corruption/corruption.ts';

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

/** What `evaluateRobustness` measured. */
export interface RobustnessResult {
  /** Images in each figure. */
  images: number;
  clean: Score;
  /** `accuracy` and `error` of each are means over its severities. */
  corruptions: CorruptionScore[];
  /** Mean over the corruptions. */
  mean: Score;
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
