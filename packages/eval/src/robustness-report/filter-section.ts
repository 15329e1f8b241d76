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
import { cellOf, idsOf, modelLabel, percent, testOf, withInterval } from './summary-access.ts';

/** What each filter keeps, by the first part of its tests' ids. */
const PASSES: Readonly<Record<string, string>> = {
  'low-pass': 'low frequencies alone, nearer to the mean than the radius',
  'high-pass': 'high frequencies alone, without the mean, as in MFM’s own high-pass input',
  'high-pass-mean': 'high frequencies and the mean',
};

interface FilterTest {
  readonly id: string;
  readonly family: string;
  readonly radius: number;
}

function filterTests(document: SuiteDocument): FilterTest[] {
  return idsOf(document, ({ id }) => Object.hasOwn(PASSES, id.split('/')[0]!)).map((id) => {
    const [pass, shape, radius] = id.split('/');
    return { id, family: `${pass}/${shape}`, radius: Number(radius) };
  });
}

function familyFigure(document: SuiteDocument, family: string, tests: readonly FilterTest[]): Html {
  const [pass, shape] = family.split('/') as [string, string];
  const ordered = [...tests].sort((a, b) => a.radius - b.radius);
  const models = document.models.filter((model) => ordered.some(({ id }) => testOf(model, id)));
  return renderFigure({
    drawing: drawLines({
      x: 'radius, cycles per image',
      y: 'accuracy, %',
      logarithmicX: true,
      series: models.map((model) => ({
        name: model.name,
        points: ordered.flatMap(({ id, radius }) => {
          const test = testOf(model, id);
          return test ? [[radius, 100 * test.top1] as const] : [];
        }),
      })),
    }),
    label: `Accuracy on ${pass} images by radius of the ${shape}, a line for each model`,
    caption: `${pass}, ${shape}: ${PASSES[pass]}.`,
    numbers: renderTable(
      ['radius', ...models.map(({ name }) => name)],
      ordered.map(({ id, radius }) => [
        String(radius),
        ...models.map((model) => cellOf(testOf(model, id), withInterval)),
      ]),
    ),
  });
}

/** Accuracy by radius of low- and high-pass filters, with an example. */
export function filterSections(document: SuiteDocument, { filters }: ReportPictures): Section[] {
  const tests = filterTests(document);
  if (tests.length === 0) return [];
  const families = [...new Set(tests.map(({ family }) => family))];
  return [
    {
      title: 'What is left in low and in high frequencies',
      text: 'Accuracy on filtered images, clamped to [0, 1] as MFM clamps its inputs. At 224 px the disc of radius 16 is the filter of MFM’s pre-training.',
      content: html`${families.map((family) =>
        familyFigure(
          document,
          family,
          tests.filter((test) => test.family === family),
        ),
      )}${
        filters
          ? renderScroll('Example pictures of the filters', renderPictureTable(filters.columns, filters.rows))
          : ''
      }`,
    },
  ];
}

interface BandTest {
  readonly id: string;
  readonly centre: number;
  readonly deviation: number;
}

function bandTests(document: SuiteDocument): BandTest[] {
  return idsOf(document, ({ id }) => /^critical-band\/[\d.]+\/[\d.]+$/.test(id)).map((id) => {
    const [, centre, deviation] = id.split('/').map(Number);
    return { id, centre: centre!, deviation: deviation! };
  });
}

const NO_NOISE = 'critical-band/no-noise';

function bandTable(model: ModelSummary, tests: readonly BandTest[], deviations: readonly number[]): Html {
  const centres = [...new Set(tests.map(({ centre }) => centre))];
  return renderScroll(
    `Accuracy of ${model.name} by band and strength of the noise`,
    renderTable(
      ['centre, cycles per image', ...deviations.map((deviation) => `sd ${deviation}`)],
      [
        ...centres.map((centre) => [
          String(centre),
          ...deviations.map((deviation) => {
            const found = tests.find((test) => test.centre === centre && test.deviation === deviation);
            const test = found && testOf(model, found.id);
            return test ? shadedCell(test.top1) : '–';
          }),
        ]),
      ],
    ),
  );
}

/** Critical-band masking: accuracy by band and strength of the noise. */
export function bandSections(document: SuiteDocument, { bands }: ReportPictures): Section[] {
  const tests = bandTests(document);
  if (tests.length === 0) return [];
  const deviations = [...new Set(tests.map(({ deviation }) => deviation))].sort((a, b) => a - b);
  const models = document.models.filter((model) => tests.some(({ id }) => testOf(model, id)));
  const figure = (deviation: number) => {
    const own = tests.filter((test) => test.deviation === deviation).sort((a, b) => a.centre - b.centre);
    return renderFigure({
      drawing: drawLines({
        x: 'centre of the octave, cycles per image',
        y: 'accuracy, %',
        logarithmicX: true,
        series: models.flatMap((model) => {
          const quiet = testOf(model, NO_NOISE);
          const points = own.flatMap(({ id, centre }) => {
            const test = testOf(model, id);
            return test ? [[centre, 100 * test.top1] as const] : [];
          });
          const bound = quiet ? points.map(([centre]) => [centre, 100 * quiet.top1] as const) : [];
          return [
            { name: model.name, points },
            ...(quiet ? [{ name: `${model.name}, no noise`, points: bound, dashed: true }] : []),
          ];
        }),
      }),
      label: `Accuracy in noise of standard deviation ${deviation} by its frequency, a line for each model, dashed without noise`,
      caption: `Noise of one octave, standard deviation ${deviation}. A dip shows the frequencies that the model listens to.`,
    });
  };
  return [
    {
      title: 'Critical-band masking',
      text: 'Accuracy in % on grey images of 20 % contrast in noise of one octave (Subramanian et al. 2023): what noise disturbs, the model uses.',
      content: html`${figure(deviations.at(-1)!)}${models.map(
        (model) => html`<h3>${modelLabel(document, model)}</h3>${bandTable(model, tests, deviations)}`,
      )}${bands ? renderScroll('Example pictures of the noise', renderPictureTable(bands.columns, bands.rows)) : ''}`,
      note: `Without noise the grey images of low contrast give ${models
        .map((model) => `${model.name} ${cellOf(testOf(model, NO_NOISE), ({ top1 }) => percent(top1))} %`)
        .join(', ')}.`,
    },
  ];
}
