import { type Html, html, seriesVariable } from '@mfm/report';
import type { ModelSummary, SuiteDocument, TestSummary } from '@mfm/robustness';

/** A fraction in per cent with one decimal. */
export const percent = (fraction: number): string => (100 * fraction).toFixed(1);

/** Accuracy in per cent, and under it its interval where there is one. */
export const withInterval = ({ top1, interval }: TestSummary): Html => valueWithInterval(top1, interval);

/** A fraction in per cent, and under it its interval. */
export const valueWithInterval = (value: number, interval?: readonly [low: number, high: number]): Html =>
  html`${percent(value)}${interval ? html`<small>${percent(interval[0])}–${percent(interval[1])}</small>` : ''}`;

/** A model's name with the colour of its lines. */
export const modelLabel = (document: SuiteDocument, model: ModelSummary): Html =>
  html`<span class="name"><span class="dot" style="background:${seriesVariable(document.models.indexOf(model))}"></span>${model.name}</span>`;

/** The test of an id, if the model took it. */
export const testOf = ({ tests }: ModelSummary, id: string): TestSummary | undefined =>
  tests.find((test) => test.id === id);

/** Ids of all models' tests, each once, in order. */
export function idsOf({ models }: SuiteDocument, wanted: (test: TestSummary) => boolean): string[] {
  return [...new Set(models.flatMap(({ tests }) => tests.filter(wanted).map(({ id }) => id)))];
}

/** A figure of a test in a cell; a dash where it was not taken. */
export const cellOf = (test: TestSummary | undefined, show: (test: TestSummary) => string | Html): string | Html =>
  test ? show(test) : '–';

/** `gaussian_noise` as words. */
export const inWords = (name: string): string => name.replaceAll('_', ' ');
