import {
  drawLines,
  type Html,
  html,
  renderFigure,
  renderPictureTable,
  renderScroll,
  renderTable,
  type Section,
} from '@mfm/report';
import type { ModelSummary, SuiteDocument, TestSummary } from '@mfm/robustness';
import { octaveShares } from './octave-shares.ts';
import type { ReportPictures } from './report-pictures.ts';
import { cellOf, idsOf, modelLabel, percent, testOf, withInterval } from './summary-access.ts';

const nameOf = (id: string) => id.replace(/^attack\//, '');

const settingText = (value: unknown): string =>
  typeof value === 'number'
    ? String(Number(value.toPrecision(4)))
    : typeof value === 'string'
      ? value
      : JSON.stringify(value);

/** Settings of an attack in a line; what is only said for the record is left out. */
const settingsText = ({ settings }: TestSummary): string =>
  Object.entries(settings)
    .filter(([name, value]) => value !== null && value !== undefined && name !== 'spectrum')
    .map(([name, value]) => `${name} ${settingText(value)}`)
    .join(', ');

/** Figures that an attack measured, one value per image. */
const measuredText = ({ measured = {} }: TestSummary): string =>
  Object.entries(measured)
    .filter(([, values]) => values.length === 1)
    .map(([name, [value]]) => `${name} ${Number(value!.toPrecision(3))}`)
    .join(', ') || '–';

function accuracyTable(document: SuiteDocument, ids: readonly string[]): Html {
  const clean = document.models.map((model) => cellOf(testOf(model, 'clean'), withInterval));
  return renderScroll(
    'Accuracy under attack',
    renderTable(
      ['attack', ...document.models.map(({ name }) => name)],
      [
        ['none', ...clean],
        ...ids.map((id) => [nameOf(id), ...document.models.map((model) => cellOf(testOf(model, id), withInterval))]),
      ],
    ),
  );
}

function detailsTable(document: SuiteDocument, ids: readonly string[]): Html {
  const rows = ids.flatMap((id) =>
    document.models.flatMap((model) => {
      const test = testOf(model, id);
      return test ? [{ model, test }] : [];
    }),
  );
  return html`<details><summary>Settings and what was measured</summary>${renderScroll(
    'Settings of the attacks',
    html`<table><thead><tr><th scope="col">attack</th><th scope="col">model</th><th scope="col">settings</th><th scope="col">mean per image</th></tr></thead><tbody>${rows.map(
      ({ model, test }) =>
        html`<tr><td>${nameOf(test.id)}</td><td>${model.name}</td><td>${settingsText(test)}</td><td>${measuredText(test)}</td></tr>`,
    )}</tbody></table>`,
  )}</details>`;
}

/** Where in frequency an attack put its perturbation: the share of its energy in each ring. */
function spectrumFigure(models: readonly ModelSummary[], id: string): Html {
  const shares = models.map((model) => {
    const energy = testOf(model, id)!.measured!.spectrum!;
    const total = energy.reduce((sum, value) => sum + value, 0);
    return energy.map((value) => (total > 0 ? value / total : 0));
  });
  const octaves = shares.map(octaveShares);
  return renderFigure({
    drawing: drawLines({
      x: 'distance from the mean, cycles per image',
      y: 'share of the energy, %',
      series: models.map(({ name }, i) => ({
        name,
        plain: true,
        points: shares[i]!.map((share, ring) => [ring, 100 * share]),
      })),
    }),
    label: `Spectrum of the perturbations of ${nameOf(id)}: share of their energy by frequency, a line for each model`,
    caption: `${nameOf(id)}: mean over the images, a ring of the spectrum being one cycle per image wide.`,
    numbers: renderTable(
      ['model', ...octaves[0]!.map(({ name }) => name)],
      models.map(({ name }, i) => [name, ...octaves[i]!.map(({ share }) => percent(share))]),
    ),
  });
}

/** Attacks: accuracy, settings, spectra of perturbations, examples. */
export function attackSections(document: SuiteDocument, { attacks: pictures = [] }: ReportPictures): Section[] {
  const ids = idsOf(document, ({ section }) => section === 'attack');
  if (ids.length === 0) return [];
  const spectra = ids.flatMap((id) => {
    const models = document.models.filter((model) => testOf(model, id)?.measured?.spectrum);
    return models.length > 0 ? [spectrumFigure(models, id)] : [];
  });
  return [
    {
      title: 'Under attack',
      text: 'Accuracy in % on images changed so as to fool the model, within the stated ball; small: 95 % bootstrap intervals.',
      content: html`${accuracyTable(document, ids)}${detailsTable(document, ids)}`,
    },
    ...(spectra.length > 0 ? [{ title: 'Which frequencies the attacks use', content: html`${spectra}` }] : []),
    ...(pictures.length > 0
      ? [
          {
            title: 'Adversarial examples',
            content: html`${pictures.map(({ model, attack, examples }) => {
              const summary = document.models.find(({ name }) => name === model);
              return html`<h3>${summary ? modelLabel(document, summary) : model}: ${attack}</h3>${renderScroll(
                `Examples of ${attack} against ${model}`,
                renderPictureTable(examples.columns, examples.rows),
              )}`;
            })}`,
            note: 'Perturbations are shown about grey, enlarged by the factor under each; spectra are log amplitudes, mean frequency in the centre, the strongest bin brightest.',
          },
        ]
      : []),
  ];
}
