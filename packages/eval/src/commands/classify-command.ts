import { createCommand, formatTable } from '@mfm/cli';
import type { ValueInfo } from '@mfm/onnx';
import { renderTable } from '@mfm/report';
import { mapClasses } from '@mfm/robustness';
import { KEPT, type RankedImages, rankImages, rankImagesTogether } from '../classify/rank-images.ts';
import { type RealLabels, readRealLabels, realLabelsOf } from '../classify/real-labels.ts';
import { type ClassificationScore, scoreImages } from '../classify/score-images.ts';
import { modelTransform } from '../features/extract-features.ts';
import { type ClassReport, classReport } from '../measure/class-report.ts';
import { classDocument, classText } from '../measure/class-text.ts';
import { percent, percentInterval } from '../measure/percent.ts';
import { openVectorModel, type VectorModel } from '../model/feature-model.ts';
import { classSections } from '../report/class-sections.ts';
import { checkReportPath, writeEvalReport } from '../report/eval-report.ts';
import type { EvalCommand } from './eval-command.ts';
import { inJob, type JobArguments, jobProgress, onEvery } from './in-job.ts';
import {
  leftOutLine,
  type ModelAndData,
  type Part,
  sessionOptions,
  withImageOptions,
  withImages,
} from './model-and-data.ts';
import { preprocessingOf, withPreprocessingOptions } from './preprocessing-options.ts';

interface ClassifyArguments extends ModelAndData, JobArguments {
  readonly scores?: string;
  readonly realLabels?: string;
  readonly report?: string;
}

const EXAMPLES = [
  'pnpm eval classify --model classifier.onnx --data path/to/cifar10',
  'pnpm eval classify --model vit.onnx --data imagenet/val --crop-ratio 0.9 --interpolation bicubic',
  'pnpm eval classify --model resnet50.onnx --data imagenet/val --resize 256 --interpolation bilinear --real-labels real.json',
];

/** The output with the scores: the one that was named, `logits`, or the only one there is. */
function openClassifier(args: ClassifyArguments): Promise<VectorModel> {
  const wanted = (outputs: readonly ValueInfo[]) => {
    if (args.scores !== undefined) return [args.scores];
    return outputs.length === 1 ? [outputs[0]!.name] : ['logits'];
  };
  return openVectorModel(args.model, wanted, 'Name the output with the scores by --scores.', {
    ...sessionOptions(args),
    preprocessing: preprocessingOf(args),
  });
}

/** What was measured. */
interface Measured {
  readonly score: ClassificationScore;
  readonly real: ClassificationScore | undefined;
  readonly report: ClassReport;
  /** Classes of the report: the data set's, and if need be one for all others of the model. */
  readonly classes: readonly string[];
  readonly leftOut: number;
}

/** Answers in the data set's classes; those of the model that it does not have are one more class. */
function reportOf({ top, labels }: RankedImages, targets: Int32Array, classes: readonly string[]) {
  const places = new Map([...targets].map((target, k) => [target, k]));
  const predicted = labels.map((_, place) => places.get(top[place * KEPT]!) ?? classes.length);
  const named = predicted.includes(classes.length) ? [...classes, 'another class'] : classes;
  return { report: classReport(predicted, labels, named), classes: named };
}

/** Measures, alone or with the other ranks, which leave the job then: rank 0 has the figures. */
async function measure(
  model: VectorModel,
  { dataset, subset }: Part,
  real: RealLabels | undefined,
  args: ClassifyArguments,
): Promise<Measured | undefined> {
  const { workers, communicator } = args;
  // Before the images are gone through.
  const { targets } = await onEvery(args, async () => {
    const classMap = mapClasses(dataset.classes, model.dim, dataset.name);
    if (real) for (const index of subset) realLabelsOf(real, dataset, index);
    return classMap;
  });
  const progress = jobProgress(args, 'classified', subset.length);
  const options = { subset, transform: modelTransform(model), workers, onProgress: progress.update };
  const ranking = communicator
    ? rankImagesTogether(communicator, model, dataset, options)
    : rankImages(model, dataset, options);
  const ranked = await ranking.finally(() => progress.stop());
  await communicator?.close();
  return (
    ranked && {
      score: scoreImages(ranked, (place) => [targets[ranked.labels[place]!]!]),
      real: real && scoreImages(ranked, (place) => realLabelsOf(real, dataset, ranked.indices[place]!)),
      ...reportOf(ranked, targets, dataset.classes),
      leftOut: Math.max(dataset.badSamples.length, subset.length - ranked.labels.length),
    }
  );
}

const HEAD = ['labels', 'images', 'top-1 %', '95 %', 'top-5 %', '95 %'];

const rowOf = (name: string, { images, top1, top1Interval, top5, top5Interval }: ClassificationScore) => [
  ...[name, images, percent(top1), percentInterval(top1Interval), percent(top5), percentInterval(top5Interval)],
];

async function runClassify(args: ClassifyArguments): Promise<void> {
  const labels = await onEvery(args, async () => {
    await checkReportPath(args.report);
    return args.realLabels === undefined ? undefined : readRealLabels(args.realLabels);
  });
  await withImages(
    args,
    async (model, part) => {
      const { output, hash, preprocessing } = model;
      const measured = await measure(model, part, labels, args);
      if (!measured) return;
      const { score, real, report, classes, leftOut } = measured;
      const rows = [rowOf('of the data set', score), ...(real ? [rowOf('ImageNet-ReaL', real)] : [])];
      const sections = args.report === undefined ? [] : await classSections(report, classes);
      await writeEvalReport(args.report, () => ({
        ...{
          command: 'classify',
          title: 'Classification',
          lead: `${args.model} on ${score.images} images of ${args.data}.`,
        },
        cards: [
          { value: `${percent(score.top1)} %`, label: `top-1 (95 %: ${percentInterval(score.top1Interval)})` },
          { value: `${percent(score.top5)} %`, label: `top-5 (95 %: ${percentInterval(score.top5Interval)})` },
          ...(real ? [{ value: `${percent(real.top1)} %`, label: 'top-1 by ImageNet-ReaL' }] : []),
        ],
        sections: [{ title: 'Accuracy', content: renderTable(HEAD, rows) }, ...sections],
        settings: { model: args.model, 'SHA-256': hash, scores: output, data: args.data, ...preprocessing },
      }));
      if (args.json) {
        const document = {
          ...{ command: 'classify', model: { path: args.model, sha256: hash, output, classes: model.dim } },
          ...{ data: args.data, preprocessing, ...score, ...(real && { real }) },
          ...{ ...classDocument(report, classes), leftOut },
        };
        process.stdout.write(`${JSON.stringify(document)}\n`);
        return;
      }
      const { imageSize, resize, interpolation } = preprocessing;
      process.stdout.write(
        `${output} of ${args.model} on ${args.data}: shorter side to ${resize} (${interpolation}), central crop of ${imageSize}\n` +
          `${formatTable(HEAD, rows)}\n${classText(report, classes)}\n${leftOutLine(leftOut)}`,
      );
    },
    openClassifier,
  );
}

/** `pnpm eval classify`. */
export const classifyCommand: EvalCommand = {
  name: 'classify',
  summary: 'top-1 and top-5 accuracy of a classifier',
  create: () =>
    withPreprocessingOptions(
      withImageOptions(
        createCommand(
          'classify',
          'Accuracy of a classifier, with the evaluation transforms of torchvision and timm.',
          EXAMPLES,
        ),
      ),
    )
      .option('--scores <output>', 'the output with the scores; default: "logits", or the only one')
      .option('--real-labels <file>', "ImageNet-ReaL's real.json: also the accuracy by its labels")
      .option('--report <file>', 'also write an HTML page: accuracy by class, confusion matrix')
      .action(inJob(runClassify)),
};
