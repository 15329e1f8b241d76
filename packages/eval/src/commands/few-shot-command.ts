import { createCommand, formatTable, integerOption, numberListOption, startProgress } from '@mfm/cli';
import { drawLines, html, renderTable } from '@mfm/report';
import { type FewShotScore, fewShot } from '../few-shot/few-shot.ts';
import { percent, percentInterval } from '../measure/percent.ts';
import { checkReportPath, writeEvalReport } from '../report/eval-report.ts';
import type { EvalCommand } from './eval-command.ts';
import {
  countLeftOut,
  describeModel,
  extractPart,
  leftOutLine,
  type ModelAndData,
  withModelAndData,
  withSplits,
} from './model-and-data.ts';
import { sharingFeatures } from './share-features.ts';

interface FewShotArguments extends ModelAndData {
  readonly shots: readonly number[];
  readonly draws: number;
  readonly report?: string;
}

const EXAMPLES = [
  'pnpm eval few-shot --model mfm.onnx --data path/to/cifar10',
  'pnpm eval few-shot --model mfm.onnx --data path/to/cifar10 --shots 1,2,5,10,50 --draws 20 --report few-shot.html',
];

const HEAD = ['shots', 'classifier', 'accuracy %', '95 % of the mean', 'deviation'];

const rowsOf = (scores: readonly FewShotScore[]) =>
  scores.map(({ shots, classifier, mean, interval, deviation }) => [
    ...[shots, classifier, percent(mean), percentInterval(interval), percent(deviation)],
  ]);

function drawScores(scores: readonly FewShotScore[]) {
  const names = [...new Set(scores.map(({ classifier }) => classifier))];
  const series = names.map((name) => ({
    name,
    points: scores
      .filter(({ classifier }) => classifier === name)
      .map(({ shots, mean }) => [shots, 100 * mean] as const),
  }));
  return drawLines({ x: 'training images of each class', y: 'accuracy in %', logarithmicX: true, series });
}

async function runFewShot(args: FewShotArguments): Promise<void> {
  await checkReportPath(args.report);
  const { shots, draws, seed, threads } = args;
  await withSplits(args, async (model, { train: trainPart, test: testPart, classes }) => {
    const train = await extractPart(model, trainPart, 'train', args);
    const test = await extractPart(model, testPart, 'test', args);
    const progress = startProgress('few-shot', draws * shots.length * 2);
    const onProgress = (done: number) => progress.update(done);
    const options = { shots, draws, seed, classes, ...(threads && { threads }), onProgress };
    const scores = await fewShot(train, test, options).finally(() => {
      progress.stop();
      train.close();
      test.close();
    });
    const leftOut = countLeftOut([
      [trainPart, train],
      [testPart, test],
    ]);
    const lead = `${args.model} on ${args.data}: so many training images of each class, drawn ${draws} times, classify ${test.count} test images.`;
    await writeEvalReport(args.report, () => ({
      ...{ command: 'few-shot', title: `Few-shot classification by ${model.output}`, lead },
      cards: scores
        .filter(({ classifier }) => classifier === 'logistic')
        .map(({ shots: count, mean, interval }) => ({
          value: `${percent(mean)} %`,
          label: `${count} of each class (95 %: ${percentInterval(interval)})`,
        })),
      sections: [
        {
          title: 'Accuracy',
          content: html`${shots.length > 1 ? drawScores(scores) : ''}${renderTable(HEAD, rowsOf(scores))}`,
          note: "Intervals are Student's t of the mean over drawings: they hold the luck of the draw, not of the test set.",
        },
      ],
      settings: {
        model: args.model,
        'SHA-256': model.hash,
        feature: model.output,
        data: args.data,
        draws,
        seed,
        ...model.preprocessing,
      },
    }));
    if (args.json) {
      const document = {
        ...{ command: 'few-shot', model: describeModel(model), data: args.data, classes: classes.length, draws, seed },
        ...{ trainCount: train.count, testCount: test.count, scores, leftOut },
      };
      process.stdout.write(`${JSON.stringify(document)}\n`);
      return;
    }
    process.stdout.write(
      `Few-shot on ${model.output} of ${lead}\n${formatTable(HEAD, rowsOf(scores))}\n${leftOutLine(leftOut)}`,
    );
  });
}

/** `pnpm eval few-shot`. */
export const fewShotCommand: EvalCommand = {
  name: 'few-shot',
  summary: 'accuracy from a few training images of each class, over several drawings',
  create: () =>
    withModelAndData(
      createCommand('few-shot', 'Few-shot classification of frozen features, averaged over drawings.', EXAMPLES),
    )
      .option(
        '--shots <numbers>',
        'training images of each class',
        numberListOption('--shots', { integer: true }),
        [1, 5, 10],
      )
      .option('--draws <n>', 'drawings of them, keyed by the seed', integerOption('--draws'), 10)
      .option('--report <file>', 'also write an HTML page')
      .action(sharingFeatures(runFewShot, () => ['train', 'test'])),
};
