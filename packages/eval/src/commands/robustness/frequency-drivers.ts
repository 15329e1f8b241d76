import { formatTable, UserError } from '@mfm/cli';
import type { TransformSpec } from '@mfm/data';
import {
  checkHeatMap,
  type HeatMap,
  type ImageBatch,
  mapClasses,
  outcomesOf,
  type RingErrorReport,
  type SuiteDocument,
} from '@mfm/robustness';
import { chooseSubset } from '../../features/seeded-subset.ts';
import { percent } from '../../measure/percent.ts';
import { type Part, sessionOptions } from '../model-and-data.ts';
import { wants } from './frequency-options.ts';
import { runHeatMap } from './heat-map-driver.ts';
import { readImages } from './read-images.ts';
import { runRingErrors } from './ring-error-driver.ts';
import { batchSizeFor, type ModelGroup } from './run-suite.ts';
import type { SuiteArguments } from './suite-arguments.ts';

/** @throws UserError for an analysis without the images or the model that it needs, before anything is measured */
export function checkFrequency(args: SuiteArguments): void {
  const { data, frequency = [], reconstructionModel, attacks = [], suite } = args;
  if (data === undefined && frequency.length > 0) {
    throw new UserError('--frequency: needs clean images, got no --data.');
  }
  if (wants(args, 'perturbation-spectrum') && attacks.length === 0 && suite !== 'paper') {
    throw new UserError(
      '--frequency: perturbation-spectrum is measured on attacks, got none. Name some with --attacks.',
    );
  }
  if (wants(args, 'ring-error') !== (reconstructionModel !== undefined)) {
    throw new UserError(
      'ring-error: --frequency ring-error and --reconstruction-model must be given together, got one of them.',
    );
  }
}

/** @throws UserError for a heat map that images of these sides do not have, before anything is measured */
export function checkHeatMaps(args: SuiteArguments, transforms: readonly TransformSpec[]): void {
  if (!wants(args, 'heatmap')) return;
  const { heatmapSize: size, heatmapNorm: norm } = args;
  for (const transform of transforms) checkHeatMap(transform.size, { size, norm });
}

/** Some images of a part, chosen by the seed: of a sorted data set the first would be of one class. */
function someImages(
  { dataset, subset }: Part,
  count: number,
  group: ModelGroup,
  args: SuiteArguments,
): Promise<ImageBatch> {
  const places = chooseSubset(subset.length, count, args.seed, 'frequency');
  return readImages(
    dataset,
    places.map((place) => subset[place]!),
    group.transform,
    args.workers,
  );
}

/**
 * The heat map of each model of a group, by its name, if they were asked for; of several ranks on rank 0.
 *
 * @param folder keeps finished rows
 */
export async function runHeatMaps(
  group: ModelGroup,
  part: Part,
  folder: string | undefined,
  args: SuiteArguments,
): Promise<Map<string, HeatMap>> {
  const maps = new Map<string, HeatMap>();
  if (!wants(args, 'heatmap')) return maps;
  const images = await someImages(part, args.heatmapImages, group, args);
  for (const model of group.models) {
    const classMap = mapClasses(part.dataset.classes, model.classes, part.dataset.name);
    const classify = async (batch: ImageBatch) =>
      // The labels play no part in what is predicted.
      outcomesOf(await model.scores(batch), new Int32Array(batch.shape[0]), classMap).predicted;
    const own = { ...images, labels: images.labels.map((label) => classMap.targets[label]!) };
    const map = await runHeatMap(args, {
      ...{ name: model.name, identity: model.identity, images: own, classify, seed: args.seed },
      ...{ batchSize: args.batchSize ?? batchSizeFor(group.transform.size), folder },
    });
    if (map) maps.set(model.name, map);
  }
  return maps;
}

/** The error by ring of each reconstruction model. */
export async function runRingErrorReports(
  group: ModelGroup,
  part: Part,
  args: SuiteArguments,
): Promise<RingErrorReport[]> {
  const { reconstructionModel: paths = [] } = args;
  if (paths.length === 0) return [];
  const images = await someImages(part, args.heatmapImages, group, args);
  const reports: RingErrorReport[] = [];
  for (const path of paths) {
    const batchSize = args.batchSize ?? batchSizeFor(group.transform.size);
    reports.push(await runRingErrors(path, images, { ...sessionOptions(args), batchSize }, args));
  }
  return reports;
}

/** The document with what the drivers measured. */
export const withFrequency = (
  document: SuiteDocument,
  maps: ReadonlyMap<string, HeatMap>,
  ringErrors: readonly RingErrorReport[],
): SuiteDocument => ({
  ...document,
  models: document.models.map((model) => {
    const heatMap = maps.get(model.name);
    return heatMap ? { ...model, heatMap } : model;
  }),
  ...(ringErrors.length > 0 && { ringErrors }),
});

/** Rings shown on the terminal: the powers of two, and the error between them. */
function ringRows(report: RingErrorReport): (string | number)[][] {
  const shown = report.rings['low-pass'].filter(({ ring }) => ring > 0 && Number.isInteger(Math.log2(ring)));
  return shown.map(({ ring, relative, psnr }) => {
    const high = report.rings['high-pass'][ring]!;
    const decibels = [psnr, high.psnr].map((value) => (value === null ? '–' : value.toFixed(1)));
    return [ring, relative.toFixed(3), decibels[0]!, high.relative.toFixed(3), decibels[1]!];
  });
}

/** What the drivers measured, for the terminal; empty without any. */
export function formatFrequency({ models, ringErrors = [] }: SuiteDocument): string {
  const mapped = models.flatMap(({ name, heatMap }) => (heatMap ? [{ name, heatMap }] : []));
  const maps = formatTable(
    ['Fourier heat map', 'size', 'images', 'norm', 'error, clean', 'error, mean', 'error, most'],
    mapped.map(({ name, heatMap: { size, images, norm, cleanError, errors } }) => [
      ...[name, size, images, Number(norm.toPrecision(4)), percent(cleanError)],
      percent(errors.reduce((sum, error) => sum + error, 0) / errors.length),
      percent(errors.reduce((a, b) => Math.max(a, b))),
    ]),
  );
  const rings = ringErrors.map(
    (report) =>
      `Error of ${report.path} by ring of the spectrum, ${report.images} images, masks of radius ${Number(report.radius.toPrecision(3))}:\n${formatTable(
        ['cycles per image', 'low-pass input, relative', 'PSNR, dB', 'high-pass input, relative', 'PSNR, dB'],
        ringRows(report),
      )}`,
  );
  return [...(mapped.length > 0 ? [maps] : []), ...rings].map((text) => `\n${text}\n`).join('');
}
