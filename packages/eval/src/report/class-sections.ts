import { drawHeatMap, html, renderFigure, renderScroll, renderTable, type Section, shadedCell } from '@mfm/report';
import { type ClassReport, worstConfusions } from '../measure/class-report.ts';
import { percent, percentInterval } from '../measure/percent.ts';

/** Up to this many classes the confusion matrix is a table of numbers; above, a picture. */
const MOST_IN_TABLE = 25;
/** Frequent mistakes that are listed. */
const MISTAKES = 20;

/** Rows: true classes; columns: predicted ones; in per cent of the row. */
async function confusionSection(report: ClassReport, classes: readonly string[]): Promise<Section> {
  const shares = report.confusion.map((row) => {
    const count = row.reduce((sum, images) => sum + images, 0);
    return row.map((images) => (count > 0 ? images / count : 0));
  });
  const text = 'Rows are true classes, columns predicted ones; per cent of the images of the row.';
  if (classes.length <= MOST_IN_TABLE) {
    const table = renderTable(
      ['true class', ...classes],
      shares.map((row, k) => [classes[k]!, ...row.map(shadedCell)]),
    );
    return { title: 'Confusion matrix', text, content: renderScroll('Confusion matrix', table) };
  }
  const drawing = await drawHeatMap({
    ...{ id: 'confusion', values: shares.flat().map(Math.sqrt), size: classes.length, range: [0, 1] as const },
    ticks: ['0', String(Math.floor(classes.length / 2)), String(classes.length - 1)],
    axis: 'number of the class',
    format: (value) => `${Math.round(100 * value * value)} %`,
  });
  const label = `Confusion matrix of ${classes.length} classes`;
  const caption = 'Brightness is the square root of the share, so that rare mistakes are seen.';
  return { title: 'Confusion matrix', text, content: renderFigure({ drawing, label, caption }) };
}

/** Accuracy by class, the confusion matrix, and the most frequent mistakes. */
export async function classSections(report: ClassReport, classes: readonly string[]): Promise<Section[]> {
  const rows = [...report.perClass]
    .sort((a, b) => a.accuracy - b.accuracy)
    .map(({ name, count, accuracy, interval }) => [name, count, percent(accuracy), percentInterval(interval)]);
  const mistakes = worstConfusions(report, classes, MISTAKES);
  return [
    {
      title: 'Accuracy by class',
      text: 'The share of the images of each class that is recognised, the hardest class first.',
      content: html`${renderScroll('Accuracy by class', renderTable(['class', 'images', '%', '95 %'], rows))}`,
      note: "Intervals are Wilson's score intervals.",
    },
    await confusionSection(report, classes),
    ...(mistakes.length > 0
      ? [
          {
            title: 'Most frequent mistakes',
            content: renderTable(
              ['true class', 'predicted', 'images'],
              mistakes.map(({ label, predicted, count }) => [label, predicted, count]),
            ),
          },
        ]
      : []),
  ];
}
