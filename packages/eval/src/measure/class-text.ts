import { formatTable } from '@mfm/cli';
import { type ClassReport, worstConfusions } from './class-report.ts';
import { percent, percentInterval } from './percent.ts';

/** Up to this many classes each has a line. */
const MOST_LINES = 20;
/** Of more, the hardest. */
const HARDEST = 10;
const MISTAKES = 5;
/** Up to this many classes the document holds the whole matrix; above, the mistakes alone. */
const MOST_IN_MATRIX = 200;

/** `51.23 % (95 %: 50.25–52.21)`. */
export const accuracyText = ({ accuracy, interval }: Pick<ClassReport, 'accuracy' | 'interval'>): string =>
  `${percent(accuracy)} % (95 %: ${percentInterval(interval)})`;

/** Accuracy by class and the most frequent mistakes, as text. */
export function classText(report: ClassReport, classes: readonly string[]): string {
  const { perClass } = report;
  const few = perClass.length <= MOST_LINES;
  const shown = few ? perClass : [...perClass].sort((a, b) => a.accuracy - b.accuracy).slice(0, HARDEST);
  const rows = shown.map(({ name, count, accuracy, interval }) => [
    ...[name, count, percent(accuracy), percentInterval(interval)],
  ]);
  const mistakes = worstConfusions(report, classes, MISTAKES)
    .map(({ label, predicted, count }) => `${label} → ${predicted} ${count}`)
    .join(', ');
  return [
    ...(few ? [] : [`The ${HARDEST} hardest of ${perClass.length} classes:`]),
    formatTable(['class', 'images', '%', '95 %'], rows),
    `Mean of the classes ${percent(report.meanClassAccuracy)} %.${mistakes ? ` Most frequent mistakes: ${mistakes}.` : ''}`,
  ].join('\n');
}

/** The same for a JSON document. Of many classes it holds the thousand most frequent mistakes in place of the matrix. */
export function classDocument(report: ClassReport, classes: readonly string[]) {
  const { confusion, perClass, meanClassAccuracy } = report;
  const pairs = classes.length > MOST_IN_MATRIX && { mistakes: worstConfusions(report, classes, 1000) };
  return { meanClassAccuracy, perClass, ...(pairs || { confusion }) };
}
