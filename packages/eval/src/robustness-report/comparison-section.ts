import { type Html, html, renderScroll, renderTable, type Section } from '@mfm/report';
import type { PairedComparison, SuiteDocument } from '@mfm/robustness';
import { idsOf, valueWithInterval } from './summary-access.ts';

const probability = (p: number): string => (p < 1e-4 ? '< 0.0001' : p.toFixed(4));

const comparisonTable = (comparisons: readonly PairedComparison[]): Html =>
  renderScroll(
    'Comparison of models in pairs',
    renderTable(
      ['test', 'a', 'b', 'a − b', 'a alone right', 'b alone right', 'p'],
      comparisons.map(({ test, a, b, difference, interval, onlyA, onlyB, p }) => [
        ...[test, a, b, valueWithInterval(difference, interval), onlyA, onlyB, probability(p)],
      ]),
    ),
  );

/** Pairs of models on the same images; those on corruptions and filters, which are many, are folded. */
export function comparisonSections(document: SuiteDocument): Section[] {
  const { comparisons } = document;
  if (comparisons.length === 0) return [];
  const first = new Set(idsOf(document, ({ section }) => section === 'clean' || section === 'attack'));
  const [shown, folded] = [true, false].map((wanted) =>
    comparisons.filter(({ test }) => first.has(test) === wanted),
  ) as [PairedComparison[], PairedComparison[]];
  return [
    {
      title: 'Models in pairs',
      text: 'Difference of accuracy in %, small: its 95 % bootstrap interval. McNemar’s test on the images that one model alone got right: a small p says that the difference is not chance. Not corrected for the number of pairs.',
      content: html`${shown.length > 0 ? comparisonTable(shown) : ''}${
        folded.length > 0
          ? html`<details><summary>${folded.length} more, on corruptions and filters</summary>${comparisonTable(folded)}</details>`
          : ''
      }`,
    },
  ];
}
