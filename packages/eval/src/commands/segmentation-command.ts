import { createCommand, formatTable, integerOption, numberListOption, UserError } from '@mfm/cli';
import { type FitSize, listSegmentationSplits, openSegmentationDataset, type SegmentationDataset } from '@mfm/data';
import { renderScroll, renderTable } from '@mfm/report';
import type { PredictOptions } from '@mfm/segmentation';
import { chooseSubset } from '../features/seeded-subset.ts';
import { percent } from '../measure/percent.ts';
import { checkReportPath, writeEvalReport } from '../report/eval-report.ts';
import { type EagerSegmenter, openEagerSegmenter } from '../segmentation/eager-segmenter.ts';
import { evaluateSegmentation, type SegmentationResult } from '../segmentation/evaluate-segmentation.ts';
import { type OnnxSegmenter, openOnnxSegmenter } from '../segmentation/onnx-segmenter.ts';
import { segmentationPictures } from '../segmentation/segmentation-pictures.ts';
import type { EvalCommand } from './eval-command.ts';
import { inJob, type JobArguments, jobProgress, onEvery } from './in-job.ts';
import { leftOutLine } from './model-and-data.ts';

interface SegmentationArguments extends JobArguments {
  readonly model: string;
  readonly data: string;
  readonly split?: string;
  readonly reduceZeroLabel?: boolean;
  readonly output?: string;
  readonly mode: 'slide' | 'whole';
  readonly crop?: number;
  readonly stride?: number;
  readonly fit?: FitSize;
  readonly scales: readonly number[];
  readonly flip?: boolean;
  readonly checkpoint?: string;
  readonly limit?: number;
  readonly seed: number;
  readonly device: string;
  readonly skipBad?: boolean;
  readonly report?: string;
  readonly examples: number;
  readonly json?: boolean;
}

const EXAMPLES = [
  'pnpm eval segmentation --model segmenter.onnx --data synthetic-seg',
  'pnpm eval segmentation --model upernet.onnx --data ADEChallengeData2016 --fit 512,2048 --report ade.html',
  'pnpm eval segmentation --model upernet.onnx --data VOCdevkit/VOC2012 --scales 0.75,1,1.25 --flip --json',
  'pnpm eval segmentation --model segmenter.onnx --checkpoint runs/segmenter --data synthetic-seg --limit 50',
];

function modeOption(text: string): 'slide' | 'whole' {
  if (text === 'slide' || text === 'whole') return text;
  throw new UserError(`--mode: must be slide or whole, got "${text}".`);
}

function fitOption(text: string): FitSize {
  const [short, long, ...rest] = text.split(',').map(Number);
  const fits = [short, long].every((side) => Number.isInteger(side) && side! > 0) && short! <= long!;
  if (fits && rest.length === 0) return { short: short!, long: long! };
  throw new UserError(`--fit: must be the shorter and the longer side in pixels, such as 512,2048, got "${text}".`);
}

/** The split that was named, else one that was not trained on, else all. */
async function openData(args: SegmentationArguments): Promise<SegmentationDataset> {
  const { data, reduceZeroLabel, skipBad = false } = args;
  const splits = await listSegmentationSplits(data);
  const split = args.split ?? ['val', 'test'].find((name) => splits.includes(name));
  return openSegmentationDataset(data, {
    skipBad,
    ...(split !== undefined && { split }),
    ...(reduceZeroLabel !== undefined && { reduceZeroLabel }),
  });
}

/** Two thirds of the window: 341 of 512, as mmsegmentation has it. */
function predictOptions(args: SegmentationArguments, { preprocessing }: OnnxSegmenter): PredictOptions {
  const crop = preprocessing.imageSize;
  const { mode, fit, scales, flip = false, stride = Math.max(1, Math.floor((crop * 2) / 3)) } = args;
  if (stride > crop) {
    throw new UserError(`--stride: must be at most the side of a window (${crop}), got ${stride}.`);
  }
  return { mode, crop, stride, fit, scales, flip };
}

/** The model's own names of its classes, where they are others than the data's. */
function otherNames({ metadata, path }: OnnxSegmenter, classes: readonly string[]): string | undefined {
  let own: unknown;
  try {
    own = JSON.parse(metadata.classes ?? 'null');
  } catch {
    return undefined;
  }
  if (!Array.isArray(own)) return undefined;
  const k = classes.findIndex((name, index) => name !== own[index]);
  return k < 0 ? undefined : `${path} calls class ${k} "${own[k]}", the data "${classes[k]}".\n`;
}

const shareText = (value: number | undefined) => (value === undefined ? '–' : percent(value));

function classRows({ scores }: SegmentationResult, classes: readonly string[]) {
  const total = scores.classes.reduce((sum, { labelled }) => sum + labelled, 0);
  return scores.classes.flatMap(({ iou, accuracy, labelled }, k) =>
    iou === undefined ? [] : [[classes[k]!, shareText(iou), shareText(accuracy), percent(labelled / total)]],
  );
}

const CLASS_HEAD = ['class', 'IoU %', 'accuracy %', 'of labelled pixels %'];

const protocolText = ({ mode, crop, stride, fit, scales = [1], flip }: PredictOptions, side: number | undefined) => {
  const how =
    mode === 'slide'
      ? `windows of ${crop}, ${stride} apart`
      : side === undefined
        ? 'whole images'
        : `whole images, stretched to ${side} × ${side}`;
  const size = fit ? `fitted to ${fit.short} × ${fit.long}` : 'at their own size';
  const more = `${scales.length > 1 || scales[0] !== 1 ? `, scales ${scales.join(', ')}` : ''}${flip ? ', mirrored too' : ''}`;
  return `${how}, ${size}${more}`;
};

/** What was measured, with what describes it. */
interface Measured {
  readonly result: SegmentationResult;
  readonly predict: PredictOptions;
  readonly dataset: SegmentationDataset;
  readonly model: OnnxSegmenter;
}

async function writeReport(args: SegmentationArguments, { result, predict, dataset, model }: Measured): Promise<void> {
  if (args.report === undefined) return;
  const { scores, agreement, images } = result;
  const absent = scores.classes.filter(({ iou }) => iou === undefined).length;
  const pictures = await segmentationPictures(result.examples, dataset.classes, dataset.palette);
  const protocol = protocolText(predict, model.side);
  await writeEvalReport(args.report, () => ({
    ...{ command: 'segmentation', title: 'Segmentation' },
    lead: `${args.model} on ${images} images of ${args.data}: ${protocol}.`,
    cards: [
      { value: `${percent(scores.mIoU)} %`, label: 'mIoU over the classes that occur' },
      { value: `${percent(scores.meanAccuracy)} %`, label: 'mean accuracy of the classes' },
      { value: `${percent(scores.pixelAccuracy)} %`, label: 'pixels right' },
      ...(agreement
        ? [
            {
              value: `${(100 * (agreement.agreeing / agreement.pixels)).toFixed(4)} %`,
              label: 'pixels as the eager model',
            },
          ]
        : []),
    ],
    sections: [
      {
        title: 'Classes',
        content: renderScroll('Scores of every class', renderTable(CLASS_HEAD, classRows(result, dataset.classes))),
        ...(absent > 0 && { note: `${absent} classes are neither in the images nor predicted.` }),
      },
      { title: 'Examples', content: renderScroll('Images with their classes', pictures) },
    ],
    settings: {
      ...{ model: args.model, 'SHA-256': model.hash, output: model.output, data: args.data, split: dataset.split },
      ...{ ...predict, checkpoint: args.checkpoint },
    },
  }));
}

function print(args: SegmentationArguments, { result, predict, dataset, model }: Measured): void {
  const { scores, agreement, images, leftOut } = result;
  const { classes, ...means } = scores;
  const share = agreement && agreement.agreeing / agreement.pixels;
  if (args.json) {
    const document = {
      ...{ command: 'segmentation', model: { path: args.model, sha256: model.hash, output: model.output } },
      ...{ data: args.data, split: dataset.split, images, protocol: predict, ...means },
      classes: classes.map((own, k) => ({ name: dataset.classes[k], ...own })),
      ...(agreement && { agreement: { checkpoint: args.checkpoint, ...agreement, share } }),
      leftOut,
    };
    process.stdout.write(`${JSON.stringify(document)}\n`);
    return;
  }
  const head = ['images', 'mIoU %', 'mean accuracy %', 'pixel accuracy %'];
  const row = [images, percent(means.mIoU), percent(means.meanAccuracy), percent(means.pixelAccuracy)];
  const agrees = agreement
    ? `${agreement.agreeing} of ${agreement.pixels} pixels (${(100 * share!).toFixed(4)} %) are given the same class by the eager model of ${args.checkpoint}.\n`
    : '';
  process.stdout.write(
    `${model.output} of ${args.model} on ${args.data}: ${protocolText(predict, model.side)}\n` +
      `${formatTable(head, [row])}\n${formatTable(CLASS_HEAD, classRows(result, dataset.classes))}\n` +
      `${agrees}${leftOutLine(leftOut)}${args.report === undefined ? '' : `Report: ${args.report}\n`}`,
  );
}

/** What is measured, open. */
type Opened = Omit<Measured, 'result'> & { readonly other: EagerSegmenter | undefined };

/** @param opened gets what is to be closed, also where opening ends half-way */
async function open(args: SegmentationArguments, opened: { close(): Promise<void> }[]): Promise<Opened> {
  await checkReportPath(args.report);
  const { device, threads, output, crop } = args;
  const dataset = await openData(args);
  opened.push(dataset);
  const model = await openOnnxSegmenter(args.model, {
    ...{ device, output, classCount: dataset.classes.length, preprocessing: crop === undefined ? {} : { crop } },
    ...(threads && { threads }),
  });
  opened.push(model);
  const predict = predictOptions(args, model);
  if (args.checkpoint === undefined) return { dataset, model, predict, other: undefined };
  const other = await openEagerSegmenter(args.checkpoint, model);
  opened.push(other);
  return { dataset, model, predict, other };
}

async function runSegmentation(args: SegmentationArguments): Promise<void> {
  const { communicator } = args;
  const isRoot = (communicator?.rank ?? 0) === 0;
  const opened: { close(): Promise<void> }[] = [];
  try {
    const { dataset, model, predict, other } = await onEvery(args, () => open(args, opened));
    if (isRoot) process.stderr.write(otherNames(model, dataset.classes) ?? '');
    const subset = chooseSubset(dataset.length, args.limit, args.seed, 'segmentation');
    const progress = jobProgress(args, 'segmented', subset.length);
    const run = {
      ...{ model, dataset, subset, predict, other, onProgress: progress.update },
      examples: args.report === undefined ? 0 : args.examples,
    };
    const result = await evaluateSegmentation(run, communicator).finally(() => progress.stop());
    // Now, not at the end: the others would wait for rank 0 with a core at work.
    await communicator?.close();
    if (!isRoot) return;
    const measured = { result, predict, dataset, model };
    await writeReport(args, measured);
    print(args, measured);
  } finally {
    for (const part of opened.reverse()) await part.close();
  }
}

/** `pnpm eval segmentation`. */
export const segmentationCommand: EvalCommand = {
  name: 'segmentation',
  summary: 'mIoU of a segmenter, in sliding windows or at once',
  create: () =>
    createCommand('segmentation', 'mIoU, mean accuracy and pixel accuracy of a segmenter.', EXAMPLES)
      .requiredOption('--model <file>', 'ONNX file with images in and logits [batch, classes, height, width] out')
      .requiredOption('--data <spec>', 'images with masks: a folder like ADE20K or Pascal VOC, "synthetic-seg:<n>"')
      .option('--split <name>', 'split of the data (default: val or test, or all)')
      .option(
        '--reduce-zero-label',
        'label 0 is no class, class k is label k + 1 (default: as the kind of data has it)',
      )
      .option('--no-reduce-zero-label', 'label k is class k')
      .option('--output <name>', 'output with the logits (default: logits, or the only one)')
      .option('--mode <name>', 'slide (windows) or whole (the image at once)', modeOption, 'slide')
      .option('--crop <px>', 'side of a window, of a model that takes any size', integerOption('--crop'))
      .option('--stride <px>', 'from a window to the next (default: two thirds of its side)', integerOption('--stride'))
      .option(
        '--fit <short,long>',
        'scale images until a side is as long, as 512,2048 for ADE20K (default: own size)',
        fitOption,
      )
      .option(
        '--scales <list>',
        'factors of that size whose predictions are averaged',
        numberListOption('--scales'),
        [1],
      )
      .option('--flip', 'average with the mirrored image')
      .option(
        '--checkpoint <path>',
        'also run this checkpoint eagerly on the same windows, and count pixels that agree',
      )
      .option('--limit <n>', 'use n images, chosen by the seed', integerOption('--limit'))
      .option('--seed <n>', 'keys the choice of images', integerOption('--seed', 0), 0)
      .option('--device <name>', 'cpu, webgpu, cuda or cuda:<n>', 'cpu')
      .option('--threads <n>', 'threads of ONNX Runtime', integerOption('--threads'))
      .option('--skip-bad', 'leave undecodable images and masks out (they are counted)')
      .option('--report <file>', 'write an HTML page with coloured masks over images')
      .option('--examples <n>', 'images in the report', integerOption('--examples', 0), 8)
      .option('--json', 'print one JSON document')
      .action(inJob(runSegmentation)),
};
