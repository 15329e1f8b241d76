import { createRandom } from '@mfm/data';
import { predictedClass } from './objective.ts';

/** How the class is chosen that a targeted attack wants to be seen: `random`, any wrong one; `least-likely`, the one with the lowest score. */
export type TargetChoice = 'random' | 'least-likely';

/** What is known when a target is chosen. */
interface Scored {
  readonly row: number;
  readonly label: number;
  readonly classes: number;
  readonly logits: Float32Array;
  readonly key: readonly [seed: number, index: number];
}

const CHOICES: Readonly<Record<TargetChoice, (image: Scored) => number>> = {
  random({ label, classes, key: [seed, index] }) {
    const other = createRandom(seed, index, 0, 'target class').integer(classes - 1);
    return other < label ? other : other + 1;
  },
  'least-likely'({ row, label, classes, logits }) {
    const negated = logits.slice(row * classes, (row + 1) * classes).map((score) => -score);
    negated[label] = Number.NEGATIVE_INFINITY;
    return predictedClass(negated, 0, classes);
  },
};

/** Every way to choose targets, as the command line knows it. */
export const TARGET_CHOICES = Object.keys(CHOICES) as TargetChoice[];

/** Whether the choice needs the scores of the clean images. */
export const needsLogits = (choice: TargetChoice): boolean => choice === 'least-likely';

/**
 * The class that each image shall be taken for, never its own.
 *
 * @param logits of the clean images, float32 `[N, classes]`; empty where {@link needsLogits} is false
 * @param key labels and indices of the images, and the seed
 */
export function chooseTargets(
  choice: TargetChoice,
  logits: Float32Array,
  classes: number,
  { labels, indices, seed }: { readonly labels: Int32Array; readonly indices: Int32Array; readonly seed: number },
): Int32Array {
  return labels.map((label, row) => CHOICES[choice]({ row, label, classes, logits, key: [seed, indices[row]!] }));
}
