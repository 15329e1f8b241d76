import { html, renderFacts, type Section } from '@mfm/report';
import type { SuiteDocument } from '@mfm/robustness';
import { modelLabel } from './summary-access.ts';

const valueText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const facts = (values: Readonly<Record<string, unknown>>): (readonly [string, string])[] =>
  Object.entries(values)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => [name, valueText(value)]);

/** What was measured, on what, with which settings and files. */
export function settingsSections(document: SuiteDocument): Section[] {
  const { models, data, settings, badSamples } = document;
  return [
    {
      title: 'Files and settings',
      content: html`${renderFacts([
        ['data', `${data.name}, ${data.images} images, ${data.classes.length} classes`],
        ...facts(data.others ?? {}),
        ...facts(settings),
        ...(badSamples.length > 0 ? [['undecodable images left out', String(badSamples.length)] as const] : []),
      ])}${models.map(
        (model) =>
          html`<h3>${modelLabel(document, model)}</h3>${renderFacts([
            ['file', model.path],
            ['SHA-256', model.sha256],
            ...facts(model.preprocessing),
          ])}`,
      )}`,
    },
  ];
}
