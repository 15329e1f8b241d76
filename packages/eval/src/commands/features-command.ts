import { createCommand, formatTable, integerOption, startProgress, UserError } from '@mfm/cli';
import { createLoader, trainTransform } from '@mfm/data';
import { drawImage, drawLines, html, renderFigure, renderTable, type Section } from '@mfm/report';
import { type FeatureSpectrum, featureSpectrum } from '../feature-quality/spectrum.ts';
import { LEAST_POINTS, mapFeatures } from '../feature-quality/umap.ts';
import { alignment, uniformity } from '../feature-quality/uniformity.ts';
import { modelTransform } from '../features/extract-features.ts';
import { type FeatureTable, selectRows } from '../features/feature-table.ts';
import { chooseSubset } from '../features/seeded-subset.ts';
import type { VectorModel } from '../model/feature-model.ts';
import { checkReportPath, writeEvalReport } from '../report/eval-report.ts';
import { choosePictures, classLegend, drawDots, drawThumbnails, type MapPoint } from '../report/feature-map.ts';
import type { EvalCommand } from './eval-command.ts';
import {
  countLeftOut,
  describeModel,
  extractPart,
  leftOutLine,
  type ModelAndData,
  type Part,
  withImages,
  withModelAndData,
} from './model-and-data.ts';
import { sharingFeatures } from './share-features.ts';

interface FeaturesArguments extends ModelAndData {
  readonly map: number;
  readonly report?: string;
}

interface FeatureFigures extends FeatureSpectrum {
  readonly alignment: number;
  readonly uniformity: number;
}

const EXAMPLES = [
  'pnpm eval features --model mfm.onnx --data path/to/cifar10 --test-limit 5000 --report features.html',
  'pnpm eval features --model mfm.onnx --data path/to/images --feature cls_token --json',
];

async function measure(
  model: VectorModel,
  part: Part,
  table: FeatureTable,
  args: FeaturesArguments,
): Promise<FeatureFigures> {
  const { seed, threads } = args;
  const transform = trainTransform(model.preprocessing.imageSize);
  const first = await extractPart(model, part, 'first view', args, { transform, seed, epoch: 0 });
  const second = await extractPart(model, part, 'second view', args, { transform, seed, epoch: 1 });
  const progress = startProgress('spectrum', table.count);
  try {
    return {
      alignment: alignment(first, second),
      uniformity: await uniformity(table, threads === undefined ? {} : { threads }),
      ...featureSpectrum(table, progress.update),
    };
  } finally {
    progress.stop();
    first.close();
    second.close();
  }
}

/** What was measured, its value, and what it means. */
const rowsOf = (figures: FeatureFigures, dim: number): [name: string, value: string, meaning: string][] => [
  ['alignment', figures.alignment.toFixed(4), 'mean squared distance of two random crops of an image; 0 = the same'],
  ['uniformity', figures.uniformity.toFixed(4), 'log mean exp(−2 distance²) over pairs of images; lower = more spread'],
  ['effective rank', figures.effectiveRank.toFixed(2), `of ${dim} features, centred`],
  ['RankMe', figures.rankMe.toFixed(2), 'the same, not centred'],
  ['participation ratio', figures.participationRatio.toFixed(2), 'directions that hold most of the variance'],
  ['constant features', String(figures.constantFeatures), 'the same for every image'],
];

const figuresTable = (rows: ReturnType<typeof rowsOf>) =>
  renderTable(
    ['measure', 'value'],
    rows.map(([name, value, meaning]) => [html`${name}<small>${meaning}</small>`, value]),
  );

/** Thumbnails of some images as data URIs, by their numbers in the data set. */
async function makeThumbnails(model: VectorModel, { dataset }: Part, indices: readonly number[], workers?: number) {
  const loader = createLoader(dataset, {
    ...{ batchSize: Math.min(64, indices.length), transform: modelTransform(model), subset: Int32Array.from(indices) },
    ...(workers !== undefined && { workers }),
  });
  const pictures = new Map<number, string>();
  try {
    for await (const { pixels, indices: own, shape } of loader.epoch(0)) {
      const side = shape[1];
      const size = side * side;
      for (const [row, index] of own.entries()) {
        const image = pixels.subarray(row * 3 * size, (row + 1) * 3 * size);
        const planes = Float32Array.from(
          { length: 3 * size },
          (_, i) => image[(i % size) * 3 + Math.floor(i / size)]! / 255,
        );
        pictures.set(index, await drawImage(planes, side, 56));
      }
    }
  } finally {
    await loader.close();
  }
  return pictures;
}

/** The images of a table, where none was left out. */
function rowsAndIndices(table: FeatureTable, { subset }: Part, most: number, seed: number) {
  const rows = chooseSubset(table.count, most, seed, 'map');
  return { rows, indices: Array.from(rows, (row) => subset[row]!) };
}

async function mapSection(
  model: VectorModel,
  part: Part,
  table: FeatureTable,
  args: FeaturesArguments,
): Promise<Section[]> {
  if (args.map === 0 || table.count < LEAST_POINTS) return [];
  if (table.count !== part.subset.length) {
    throw new UserError(
      'eval features: the map needs every image to be decodable. Leave out the bad ones, or pass --map 0.',
    );
  }
  const { classes } = part.dataset;
  const { rows, indices } = rowsAndIndices(table, part, args.map, args.seed);
  const chosen = selectRows(table, rows);
  const progress = startProgress('map', 1);
  const places = await mapFeatures(chosen, {
    seed: args.seed,
    onProgress: (done, total) => progress.update(done / total),
  }).finally(() => progress.stop());
  const points = places.map(([x, y], i): MapPoint => ({ x, y, label: chosen.labels[i]!, index: indices[i]! }));
  const shown = choosePictures(points);
  const byIndex = await makeThumbnails(
    model,
    part,
    shown.map((place) => points[place]!.index),
    args.workers,
  );
  const pictures = new Map(
    shown.flatMap((place) => {
      const source = byIndex.get(points[place]!.index);
      return source === undefined ? [] : [[place, source] as const];
    }),
  );
  const what = `${points.length} images by their features`;
  return [
    {
      title: 'Map',
      text: `${points.length} images, placed by UMAP on cosine similarity (15 neighbours): images near each other have similar features; distances between groups mean little.`,
      content: html`${classLegend(classes)}${renderFigure({
        ...{ drawing: drawDots(points, classes), label: `Map of ${what}, coloured by class` },
        caption: 'A dot for each image in the colour of its class, which the map does not know.',
      })}${renderFigure({
        ...{ drawing: drawThumbnails(points, classes, pictures), label: `Map of ${what}, with pictures` },
        caption: 'The same with pictures: of images that would cover each other, one.',
      })}`,
    },
  ];
}

function spectrumSection({ deviations }: FeatureFigures): Section {
  // What is left of a direction that is not used is rounding.
  const least = 1e-6 * (deviations[0] ?? 0);
  const points = deviations.flatMap((value, i) => (value > least ? [[i + 1, value] as const] : []));
  return {
    title: 'Spectrum',
    text: 'Deviation of the features along their principal axes, the largest first. A steep fall means that few directions are used.',
    content: drawLines({
      x: 'principal axis',
      y: 'deviation',
      logarithmic: true,
      series: [{ name: 'deviation', points, plain: true }],
    }),
  };
}

async function runFeatures(args: FeaturesArguments): Promise<void> {
  await checkReportPath(args.report);
  await withImages(args, async (model, part) => {
    if (part.subset.length < 2) {
      throw new UserError(
        `eval features: at least two images must be given, got ${part.subset.length}. Use more data.`,
      );
    }
    const table = await extractPart(model, part, 'features', args);
    try {
      const figures = await measure(model, part, table, args);
      const rows = rowsOf(figures, model.dim);
      const map = args.report === undefined ? [] : await mapSection(model, part, table, args);
      const leftOut = countLeftOut([[part, table]]);
      await writeEvalReport(args.report, () => ({
        ...{
          command: 'features',
          title: `Features ${model.output}`,
          lead: `${args.model} on ${table.count} images of ${args.data}.`,
        },
        cards: rows.slice(0, 4).map(([name, value]) => ({ value, label: name })),
        sections: [{ title: 'Figures', content: figuresTable(rows) }, spectrumSection(figures), ...map],
        settings: {
          model: args.model,
          'SHA-256': model.hash,
          feature: model.output,
          dim: model.dim,
          data: args.data,
          seed: args.seed,
          ...model.preprocessing,
        },
      }));
      if (args.json) {
        const document = {
          ...{
            command: 'features',
            model: describeModel(model),
            data: args.data,
            images: table.count,
            ...figures,
            leftOut,
          },
        };
        process.stdout.write(`${JSON.stringify(document)}\n`);
        return;
      }
      process.stdout.write(
        `Features ${model.output} of ${args.model} on ${table.count} images of ${args.data}\n${formatTable(['measure', 'value', 'meaning'], rows)}\n${leftOutLine(leftOut)}`,
      );
    } finally {
      table.close();
    }
  });
}

/** `pnpm eval features`. */
export const featuresCommand: EvalCommand = {
  name: 'features',
  summary: 'alignment, uniformity, effective rank, a map of the features',
  create: () =>
    withModelAndData(
      createCommand(
        'features',
        'What features look like without labels: alignment, uniformity, ranks, a map.',
        EXAMPLES,
      ),
    )
      .option('--report <file>', 'also write an HTML page, with the spectrum and a map with thumbnails')
      .option('--map <n>', 'images on the map of the report; 0: no map', integerOption('--map', 0), 1000)
      .action(sharingFeatures(runFeatures, () => ['images'])),
};
