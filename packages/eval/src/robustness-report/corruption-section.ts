import {
  drawLines,
  type Html,
  html,
  renderFigure,
  renderPictureTable,
  renderScroll,
  renderTable,
  type Section,
  shadedCell,
} from '@mfm/report';
import type { ModelSummary, SuiteDocument } from '@mfm/robustness';
import type { ReportPictures } from './report-pictures.ts';
import { inWords, modelLabel, percent, testOf } from './summary-access.ts';

type Scores = ModelSummary['corruptions'][string];

/** Mean accuracy at a severity over the corruptions that have it; those that ImageNet-C's mean leaves out count if there are no others. */
function meanAt({ corruptions }: Scores, severity: number): number | undefined {
  const common = corruptions.filter(({ extra }) => !extra);
  const found = (common.length > 0 ? common : corruptions).flatMap(({ severities }) =>
    severities.filter((score) => score.severity === severity).map(({ accuracy }) => accuracy),
  );
  return found.length === 0 ? undefined : found.reduce((sum, value) => sum + value, 0) / found.length;
}

const severitiesOf = (scores: readonly Scores[]): number[] =>
  [
    ...new Set(
      scores.flatMap(({ corruptions }) => corruptions.flatMap(({ severities }) => severities.map((s) => s.severity))),
    ),
  ].sort((a, b) => a - b);

function severityCurves(document: SuiteDocument, source: string): Html {
  const models = document.models.filter(({ corruptions }) => corruptions[source]);
  const severities = severitiesOf(models.map(({ corruptions }) => corruptions[source]!));
  const points = models.map((model) => {
    const clean = testOf(model, 'clean')?.top1;
    return [
      ...(clean === undefined ? [] : [[0, clean] as const]),
      ...severities.flatMap((severity) => {
        const mean = meanAt(model.corruptions[source]!, severity);
        return mean === undefined ? [] : [[severity, mean] as const];
      }),
    ];
  });
  return renderFigure({
    drawing: drawLines({
      x: 'severity (0: clean)',
      y: 'accuracy, %',
      series: models.map(({ name }, i) => ({ name, points: points[i]!.map(([x, y]) => [x, 100 * y]) })),
    }),
    label: `Accuracy by severity, mean over corruptions, a line for each of ${models.length} models`,
    caption: 'Mean over the corruptions; the extra ones, which the mean of ImageNet-C leaves out, are left out.',
    numbers: renderTable(
      ['model', 'clean', ...severities.map((severity) => `severity ${severity}`)],
      models.map((model, i) => [
        model.name,
        ...['clean', ...severities].map((severity) => {
          const found = points[i]!.find(([x]) => x === (severity === 'clean' ? 0 : severity));
          return found ? percent(found[1]) : '–';
        }),
      ]),
    ),
  });
}

function modelTable(model: ModelSummary, { corruptions, mean, errors }: Scores): Html {
  const severities = severitiesOf([{ corruptions, mean }]);
  return renderScroll(
    `Accuracy of ${model.name} by corruption and severity`,
    renderTable(
      [
        'corruption',
        ...severities.map((severity) => `severity ${severity}`),
        'mean',
        ...(errors ? ['CE', 'relative CE'] : []),
      ],
      corruptions.map(({ name, extra, severities: scores, accuracy }) => [
        `${inWords(name)}${extra ? ' (extra)' : ''}`,
        ...severities.map((severity) => {
          const found = scores.find((score) => score.severity === severity);
          return found ? shadedCell(found.accuracy) : '–';
        }),
        shadedCell(accuracy),
        ...(errors
          ? [errors.ce[name], errors.relativeCE[name]].map((value) => (value === undefined ? '–' : percent(value)))
          : []),
      ]),
    ),
  );
}

/** Several models corruption by corruption. */
function comparisonTable(document: SuiteDocument, source: string): Html {
  const models = document.models.filter(({ corruptions }) => corruptions[source]);
  const names = [
    ...new Set(models.flatMap(({ corruptions }) => corruptions[source]!.corruptions.map(({ name }) => name))),
  ];
  return renderScroll(
    'Mean accuracy by corruption, models side by side',
    html`<h3>Models side by side, mean over severities</h3>${renderTable(
      ['corruption', ...models.map(({ name }) => name)],
      names.map((name) => [
        inWords(name),
        ...models.map(({ corruptions }) => {
          const found = corruptions[source]!.corruptions.find((score) => score.name === name);
          return found ? shadedCell(found.accuracy) : '–';
        }),
      ]),
    )}`,
  );
}

/** What each source of corrupted images is. */
const SOURCES: Readonly<Record<string, { readonly name: string; readonly text: string }>> = {
  corruption: {
    name: 'corruptions',
    text: 'on images corrupted in memory; figures are not those on the published JPEG files',
  },
  'imagenet-c': { name: 'ImageNet-C', text: 'on the published files of ImageNet-C' },
  'cifar10-c': { name: 'CIFAR-10-C', text: 'on the published arrays of CIFAR-10-C' },
};

/** The name of a source of corrupted images. */
export const sourceName = (source: string): string => SOURCES[source]?.name ?? source;

/** Accuracy under corruptions: curves, tables, example pictures. */
export function corruptionSections(document: SuiteDocument, { corruptions: pictures }: ReportPictures): Section[] {
  const sources = [...new Set(document.models.flatMap(({ corruptions }) => Object.keys(corruptions)))];
  const sections = sources.map((source): Section => {
    const models = document.models.filter(({ corruptions }) => corruptions[source]);
    return {
      title: `Accuracy by corruption: ${sourceName(source)}`,
      text: `Accuracy in % ${SOURCES[source]?.text ?? `on images of ${source}`}.`,
      content: html`${severityCurves(document, source)}${models.length > 1 ? comparisonTable(document, source) : ''}
${models.map((model) => html`<h3>${modelLabel(document, model)}</h3>${modelTable(model, model.corruptions[source]!)}`)}`,
      ...(models.some(({ corruptions }) => corruptions[source]!.errors) && {
        note: 'CE: errors relative to AlexNet’s in %, 100 is as good as it; relative CE: the rise over the clean error against AlexNet’s rise.',
      }),
    };
  });
  const examples: Section[] = pictures
    ? [
        {
          title: 'What the corruptions look like',
          content: renderScroll(
            'Example pictures of the corruptions',
            renderPictureTable(pictures.columns, pictures.rows),
          ),
        },
      ]
    : [];
  return [...sections, ...examples];
}
