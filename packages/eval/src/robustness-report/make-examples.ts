import { planeAmplitudes } from '@mfm/data';
import { drawImage, drawMap, type Picture } from '@mfm/report';
import { type ImageBatch, type TestBatch, type TestCase, toImages } from '@mfm/robustness';
import type { ExampleTable, ReportPictures } from './report-pictures.ts';
import { inWords } from './summary-access.ts';

/** Side of the pictures in the file in pixels; the page shows them at 96. */
const SHOWN = 128;

/** Image `i` of a batch, `[3, side, side]`. */
function imageAt({ images, shape }: ImageBatch, i: number): Float32Array {
  const length = shape[1] * shape[2] * shape[3];
  return images.subarray(i * length, (i + 1) * length);
}

/** Larger pictures are reduced, small ones keep their pixels. */
const draw = (image: Float32Array, side: number): Promise<string> => drawImage(image, side, SHOWN);

/** The first image of a batch under each test of a family, a row for all but the last part of an id and a column for that. */
async function exampleGrid(
  tests: readonly TestCase[],
  batch: TestBatch,
  labels: { readonly row: (path: readonly string[]) => string; readonly column: (last: string) => string },
): Promise<ExampleTable | undefined> {
  if (tests.length === 0) return undefined;
  const parts = tests.map(({ id }) => id.split('/'));
  const columns = [...new Set(parts.map((path) => path.at(-1)!))];
  const rows = new Map<string, (Picture | undefined)[]>();
  for (const [i, test] of tests.entries()) {
    const [path, last] = [parts[i]!.slice(0, -1), parts[i]!.at(-1)!];
    const shown = toImages(await test.transform(batch));
    const own = rows.get(path.join('/')) ?? columns.map(() => undefined);
    own[columns.indexOf(last)] = {
      source: await draw(imageAt(shown, 0), shown.shape[3]),
      text: `${labels.row(path)}, ${labels.column(last)}`,
    };
    rows.set(path.join('/'), own);
  }
  return {
    columns: columns.map(labels.column),
    rows: [...rows].map(([key, pictures]) => ({ name: labels.row(key.split('/')), pictures })),
  };
}

/** Families of tests with example pictures: which tests, and what their rows and columns are called. */
const FAMILIES = [
  {
    name: 'corruptions',
    matches: ({ section }: TestCase) => section === 'corruption',
    row: (path: readonly string[]) => inWords(path.at(-1)!),
    column: (last: string) => `severity ${last}`,
  },
  {
    name: 'filters',
    matches: ({ id }: TestCase) => /^(low|high)-pass/.test(id),
    row: (path: readonly string[]) => path.join(', '),
    column: (last: string) => `radius ${last}`,
  },
  {
    name: 'bands',
    matches: ({ id }: TestCase) => /^critical-band\/\d/.test(id),
    row: (path: readonly string[]) => `${path.at(-1)} cycles per image`,
    column: (last: string) => `sd ${last}`,
  },
] as const;

/**
 * Example pictures of the tests that show every model the same: corruptions, filters, noise bands.
 *
 * @param batch of which the first image is shown
 */
export async function makeExamples(
  tests: readonly TestCase[],
  batch: TestBatch,
): Promise<Pick<ReportPictures, (typeof FAMILIES)[number]['name']>> {
  const made: Partial<Record<(typeof FAMILIES)[number]['name'], ExampleTable>> = {};
  for (const { name, matches, row, column } of FAMILIES) {
    const table = await exampleGrid(tests.filter(matches), batch, { row, column });
    if (table) made[name] = table;
  }
  return made;
}

/** Log amplitude of the mean channel's spectrum, 1 at the strongest bin and 0 at a thousandth of it. */
function logSpectrum(image: Float32Array, side: number): Float64Array {
  const area = side * side;
  const grey = Float64Array.from({ length: area }, (_, i) => (image[i]! + image[area + i]! + image[2 * area + i]!) / 3);
  const amplitudes = planeAmplitudes(grey, side);
  const strongest = amplitudes.reduce((a, b) => Math.max(a, b), 0);
  return amplitudes.map((value) => (strongest > 0 ? 1 + Math.log10(Math.max(value / strongest, 1e-3)) / 3 : 0));
}

export interface AttackedModel {
  /** Name of a label of the batch, and of what `classify` gives. */
  nameOf(label: number): string;
  nameOfPrediction(predicted: number): string;
  /** Predicted classes, int32 `[N]`. */
  classify(batch: ImageBatch): Promise<Int32Array>;
}

const COLUMNS = ['clean', 'adversarial', 'added', 'its spectrum'];

/**
 * Clean and adversarial images, what was added (about grey, enlarged so that it fills the range) and its spectrum, a row for each image of the
 * batch, with what the model says.
 */
export async function makeAttackExamples(
  test: TestCase,
  batch: TestBatch,
  { nameOf, nameOfPrediction, classify }: AttackedModel,
): Promise<ExampleTable> {
  const clean = toImages(batch);
  const attacked = toImages(await test.transform(batch));
  const [before, after] = [await classify(clean), await classify(attacked)];
  const side = clean.shape[3];
  const rows = await Promise.all(
    Array.from(clean.labels, async (label, i) => {
      const [original, changed] = [imageAt(clean, i), imageAt(attacked, i)];
      const added = changed.map((value, at) => value - original[at]!);
      const largest = added.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
      const gain = largest > 0 ? 0.5 / largest : 1;
      const name = nameOf(label);
      return {
        name,
        pictures: [
          { source: await draw(original, side), text: `${name}, clean`, caption: nameOfPrediction(before[i]!) },
          { source: await draw(changed, side), text: `${name}, adversarial`, caption: nameOfPrediction(after[i]!) },
          {
            source: await draw(
              added.map((value) => 0.5 + gain * value),
              side,
            ),
            text: `what was added to ${name}, enlarged ${gain.toPrecision(2)} times`,
            caption: `× ${Number(gain.toPrecision(2))}`,
          },
          {
            source: await drawMap(logSpectrum(added, side), side, SHOWN),
            text: `spectrum of what was added to ${name}`,
          },
        ],
      };
    }),
  );
  return { columns: COLUMNS, rows };
}
