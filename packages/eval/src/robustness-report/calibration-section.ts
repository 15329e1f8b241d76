import { drawLines, type Html, html, renderFigure, renderScroll, renderTable, type Section } from '@mfm/report';
import type { SuiteDocument, TestSummary } from '@mfm/robustness';
import { cellOf, idsOf, modelLabel, percent, testOf } from './summary-access.ts';

/** Measures of calibration and how they are shown. */
const MEASURES: readonly { readonly name: string; show(test: TestSummary): string }[] = [
  { name: 'ECE, %', show: ({ ece }) => percent(ece) },
  { name: 'NLL, nats', show: ({ nll }) => nll.toFixed(3) },
  { name: 'Brier', show: ({ brier }) => brier.toFixed(3) },
];

/** Tests whose calibration is listed: clean data sets and attacks; corruptions and filters would be too many. */
const isListed = ({ section }: TestSummary) => section === 'clean' || section === 'attack';

function reliabilityFigure(document: SuiteDocument, id: string): Html {
  const models = document.models.filter(({ calibration }) => calibration[id]);
  const filled = models.map(({ calibration }) => calibration[id]!.filter(({ images }) => images > 0));
  return renderFigure({
    drawing: drawLines({
      x: 'confidence, %',
      y: 'accuracy, %',
      yRange: [0, 100],
      series: [
        ...models.map(({ name }, i) => ({
          name,
          points: filled[i]!.map(({ confidence, accuracy }) => [100 * confidence, 100 * accuracy] as const),
        })),
        {
          ...{ name: 'perfectly calibrated', reference: true },
          points: [
            [0, 0],
            [100, 100],
          ],
        },
      ],
    }),
    label: `Reliability diagram (${id}): accuracy by confidence, a line for each model; the diagonal is perfect calibration`,
    caption: `${id}: below the diagonal the model is too sure of itself.`,
    numbers: html`${models.map(
      (model, i) =>
        html`<h3>${model.name}</h3>${renderTable(
          ['confidence', 'images', 'mean confidence, %', 'accuracy, %'],
          filled[i]!.map(({ low, high, images, confidence, accuracy }) => [
            `${percent(low)}–${percent(high)}`,
            images,
            percent(confidence),
            percent(accuracy),
          ]),
        )}`,
    )}`,
  });
}

/** Reliability diagrams, ECE, NLL and Brier scores. */
export function calibrationSections(document: SuiteDocument): Section[] {
  const diagrams = [...new Set(document.models.flatMap(({ calibration }) => Object.keys(calibration)))];
  const ids = idsOf(document, isListed);
  if (ids.length === 0) return [];
  const table = renderTable(
    ['model', 'test', ...MEASURES.map(({ name }) => name)],
    document.models.flatMap((model) =>
      ids
        .filter((id) => testOf(model, id))
        .map((id) => [
          modelLabel(document, model),
          id,
          ...MEASURES.map(({ show }) => cellOf(testOf(model, id), (test) => show(test))),
        ]),
    ),
  );
  return [
    {
      title: 'Calibration',
      text: 'Whether a confidence of 80 % is right in 80 % of the cases. ECE: expected calibration error; NLL: negative log-likelihood.',
      content: html`${diagrams.map((id) => reliabilityFigure(document, id))}${renderScroll('Calibration of every model', table)}`,
    },
  ];
}
