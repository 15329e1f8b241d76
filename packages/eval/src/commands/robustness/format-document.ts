import { formatTable } from '@mfm/cli';
import type { CorruptionReport, ModelSummary, PairedComparison, SuiteDocument, TestSummary } from '@mfm/robustness';
import { percent } from '../../measure/percent.ts';
import { leftOutLine } from '../model-and-data.ts';
import { paperNotes, paperTable } from './paper-row.ts';

const range = (interval: readonly [number, number] | undefined) =>
  interval ? `${percent(interval[0])} – ${percent(interval[1])}` : '–';

/** Every test but corruptions, which have a table of their own. */
function testTable(tests: readonly TestSummary[]): string {
  return formatTable(
    ['test', 'images', 'top-1', '95 % interval', 'top-5', 'ECE', 'NLL', 'Brier'],
    tests.map(({ id, images, top1, interval, top5, ece, nll, brier }) => [
      ...[id, images, percent(top1), range(interval), percent(top5)],
      ...[percent(ece), nll.toFixed(3), brier.toFixed(3)],
    ]),
  );
}

/** Accuracy by corruption (rows) and severity (columns), with means, and CE where there is a baseline. */
export function corruptionTable({ corruptions, mean, errors }: CorruptionReport): string {
  const severities = corruptions[0]?.severities.map(({ severity }) => severity) ?? [];
  const blank = severities.map(() => '–');
  const rows = corruptions.map(({ name, category, severities: scores, accuracy }) => [
    ...[name, category, ...scores.map((score) => percent(score.accuracy)), percent(accuracy)],
    ...(errors ? [percent(errors.ce[name]!), relative(errors.relativeCE[name]!)] : []),
  ]);
  const last = ['mean', '', ...blank, percent(mean.accuracy)];
  return formatTable(
    [
      'corruption',
      'kind',
      ...severities.map((severity) => `severity ${severity}`),
      'mean',
      ...(errors ? ['CE', 'rel. CE'] : []),
    ],
    [...rows, [...last, ...(errors ? [relative(errors.mCE), relative(errors.relativeMCE)] : [])]],
  );
}

const relative = (value: number) => (Number.isNaN(value) ? '–' : percent(value));

/** Titles of the sets of corruptions. */
const TITLES: Readonly<Record<string, string>> = {
  corruption: 'corrupted in memory',
  'imagenet-c': 'ImageNet-C',
  'cifar10-c': 'CIFAR-10-C',
};

function corruptionText(source: string, report: CorruptionReport): string {
  const { errors, meanInterval, mCEInterval } = report;
  const notes = [
    ...(meanInterval ? [`mean accuracy: 95 % interval ${range(meanInterval)}`] : []),
    ...(mCEInterval ? [`mCE: 95 % interval ${range(mCEInterval)}`] : []),
    ...(errors
      ? [
          `CE relative to ${errors.baseline}${errors.partial ? '; not all 15 corruptions and 5 severities: not the published mCE' : ''}`,
        ]
      : []),
  ];
  return [
    `${TITLES[source] ?? source}:`,
    corruptionTable(report),
    ...(notes.length > 0 ? [notes.join('; ')] : []),
  ].join('\n');
}

function modelText({ path, tests, corruptions }: ModelSummary, { data }: SuiteDocument): string {
  const rows = tests.filter(({ section }) => section !== 'corruption');
  const on = data.images > 0 ? ` on ${data.images} images of ${data.name}` : '';
  return [
    `Accuracy (%) of ${path}${on}`,
    ...(rows.length > 0 ? [testTable(rows)] : []),
    ...Object.entries(corruptions).map(([source, report]) => corruptionText(source, report)),
  ].join('\n');
}

/** Smaller p-values say no more. */
const P_SHOWN = 1e-4;

/** Pairs on every test but those of frequencies, which are many and read as curves: the report and `--json` have them. */
function comparisonTable(comparisons: readonly PairedComparison[], models: readonly ModelSummary[]): string {
  const frequency = models.flatMap(({ tests }) => tests.filter(({ section }) => section === 'frequency'));
  const left = new Set(frequency.map(({ id }) => id));
  const shown = comparisons.filter(({ test }) => !left.has(test));
  return formatTable(
    ['test', 'a', 'b', 'a − b', '95 % interval', 'only a', 'only b', 'McNemar p'],
    shown.map(({ test, a, b, difference, interval, onlyA, onlyB, p }) => [
      ...[test, a, b, percent(difference), range(interval), onlyA, onlyB],
      p < P_SHOWN ? `< ${P_SHOWN}` : p.toFixed(4),
    ]),
  );
}

/** What the command prints without `--json`. */
export function formatDocument(document: SuiteDocument, asPaper: boolean): string {
  const { models, comparisons, badSamples } = document;
  const paragraphs = asPaper
    ? [[paperTable(document), ...paperNotes(document)].join('\n')]
    : models.map((model) => modelText(model, document));
  if (comparisons.length > 0)
    paragraphs.push(`Two models on the same images:\n${comparisonTable(comparisons, models)}`);
  return `${paragraphs.join('\n\n')}\n${leftOutLine(badSamples.length)}`;
}
