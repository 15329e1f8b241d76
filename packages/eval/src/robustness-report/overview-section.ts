import { type Card, type Html, renderScroll, renderTable, type Section } from '@mfm/report';
import type { ModelSummary, SuiteDocument } from '@mfm/robustness';
import { sourceName } from './corruption-section.ts';
import { cellOf, idsOf, modelLabel, percent, testOf, valueWithInterval, withInterval } from './summary-access.ts';

/** mCE in per cent; a star says that corruptions or severities are missing, so that it is not the published measure. */
function meanCorruptionError({ corruptions }: ModelSummary, source: string): string {
  const errors = corruptions[source]?.errors;
  return errors && Number.isFinite(errors.mCE) ? `${percent(errors.mCE)}${errors.partial ? '*' : ''}` : '–';
}

/** Columns of the table of models beside the clean accuracy. */
function columnsOf(document: SuiteDocument): { name: string; show: (model: ModelSummary) => string | Html }[] {
  const sources = [...new Set(document.models.flatMap(({ corruptions }) => Object.keys(corruptions)))];
  const attacks = idsOf(document, ({ section }) => section === 'attack');
  const others = idsOf(document, ({ id, section }) => section === 'clean' && id !== 'clean');
  return [
    ...sources.flatMap((source) => [
      {
        name: sourceName(source),
        show: ({ corruptions }: ModelSummary) => {
          const found = corruptions[source];
          return found ? valueWithInterval(found.mean.accuracy, found.meanInterval) : '–';
        },
      },
      ...(document.models.some(({ corruptions }) => corruptions[source]?.errors)
        ? [{ name: `mCE, ${sourceName(source)}`, show: (model: ModelSummary) => meanCorruptionError(model, source) }]
        : []),
    ]),
    ...[...others, ...attacks].map((id) => ({
      name: id.replace(/\/clean$/, '').replace(/^attack\//, ''),
      show: (model: ModelSummary) => cellOf(testOf(model, id), withInterval),
    })),
  ];
}

/** All models in one table. */
export function overviewSection(document: SuiteDocument): Section[] {
  const columns = columnsOf(document);
  const table = renderTable(
    ['model', 'clean, top-1', 'top-5', ...columns.map(({ name }) => name)],
    document.models.map((model) => [
      modelLabel(document, model),
      cellOf(testOf(model, 'clean'), withInterval),
      cellOf(testOf(model, 'clean'), ({ top5 }) => percent(top5)),
      ...columns.map(({ show }) => show(model)),
    ]),
  );
  const isPartial = document.models.some(({ corruptions }) =>
    Object.values(corruptions).some((c) => c.errors?.partial),
  );
  return [
    {
      title: 'Overview',
      text: `Accuracy in % on ${document.data.images} images of ${document.data.name}; small: 95 % bootstrap intervals. mCE: error relative to AlexNet’s, less is better.`,
      content: renderScroll('All models in one table', table),
      ...(isPartial && { note: '* Not all 15 corruptions at 5 severities: not comparable to published mCE.' }),
    },
  ];
}

/** The summary at the top: of the first model, or the best of several. */
export function overviewCards(document: SuiteDocument): Card[] {
  const ids = ['clean', ...idsOf(document, ({ section }) => section === 'attack').slice(0, 2)];
  const several = document.models.length > 1;
  const best = (value: (model: ModelSummary) => number | undefined, label: string): Card[] => {
    const found = document.models.flatMap((model) => {
      const own = value(model);
      return own === undefined ? [] : [{ model, own }];
    });
    if (found.length === 0) return [];
    const top = found.reduce((a, b) => (b.own > a.own ? b : a));
    return [{ value: `${percent(top.own)} %`, label: several ? `${label}: best is ${top.model.name}` : label }];
  };
  return [
    ...ids.flatMap((id) =>
      best(
        (model) => testOf(model, id)?.top1,
        id === 'clean' ? 'on clean images' : `under ${id.replace('attack/', '')}`,
      ),
    ),
    ...best((model) => Object.values(model.corruptions)[0]?.mean.accuracy, 'under corruptions, mean'),
  ];
}
