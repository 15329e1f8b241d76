import { createCommand, formatTable, numberListOption, numberOption, startProgress, UserError } from '@mfm/cli';
import { renderTable } from '@mfm/report';
import { type KnnResult, knnClassify } from '../knn/knn-classify.ts';
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

interface KnnArguments extends ModelAndData {
  readonly k?: readonly number[];
  readonly temperature: number;
  readonly center?: boolean;
  readonly report?: string;
}

/** DINO's `--nb_knn`. */
const NEIGHBOURS: readonly number[] = [10, 20, 100, 200];

const EXAMPLES = [
  'pnpm eval knn --model mfm.onnx --data path/to/cifar10',
  'pnpm eval knn --model mfm.onnx --data path/to/images --feature cls_token --k 10 --train-limit 10000',
];

/** What was asked for, or of the usual numbers those that the training set allows. */
function chooseNeighbours(wanted: readonly number[] | undefined, trainCount: number): readonly number[] {
  const most = Math.max(...(wanted ?? [0]));
  if (most > trainCount) {
    throw new UserError(`--k: must be at most the number of training images (${trainCount}), got ${most}.`);
  }
  if (wanted) return wanted;
  const possible = NEIGHBOURS.filter((k) => k <= trainCount);
  return possible.length > 0 ? possible : [trainCount];
}

const HEAD = ['k', 'T', 'train', 'test', 'top-1 %', '95 %', 'top-5 %'];

const rowsOf = ({ temperature, trainCount, testCount, scores }: KnnResult) =>
  scores.map(({ k, top1, interval, top5 }) => [
    ...[k, temperature, trainCount, testCount, percent(top1), percentInterval(interval), percent(top5)],
  ]);

async function runKnn(args: KnnArguments): Promise<void> {
  await checkReportPath(args.report);
  await withSplits(args, async (model, { train: trainPart, test: testPart, classes }) => {
    // Before the images are gone through; undecodable ones may still make it fewer.
    chooseNeighbours(args.k, trainPart.subset.length);
    const train = await extractPart(model, trainPart, 'train', args);
    const test = await extractPart(model, testPart, 'test', args);
    const ks = chooseNeighbours(args.k, train.count);
    const progress = startProgress('neighbours', test.count);
    const { temperature, center = false, threads } = args;
    const options = { ks, temperature, center, ...(threads && { threads }), onProgress: progress.update };
    const result = await knnClassify(train, test, options).finally(() => progress.stop());
    const leftOut = countLeftOut([
      [trainPart, train],
      [testPart, test],
    ]);
    train.close();
    test.close();
    await writeEvalReport(args.report, () => ({
      ...{ command: 'knn', title: `kNN on ${model.output}`, lead: `${args.model} on ${args.data}.` },
      cards: result.scores.map(({ k, top1 }) => ({ value: `${percent(top1)} %`, label: `${k} neighbours` })),
      sections: [{ title: 'Accuracy', content: renderTable(HEAD, rowsOf(result)) }],
      settings: {
        ...{ model: args.model, 'SHA-256': model.hash, feature: model.output, data: args.data, temperature, center },
        ...model.preprocessing,
      },
    }));
    if (args.json) {
      const document = {
        ...{ command: 'knn', model: describeModel(model), data: args.data, classes: classes.length },
        ...{ ...result, leftOut },
      };
      process.stdout.write(`${JSON.stringify(document)}\n`);
    } else process.stdout.write(`${printKnn(args, model.output, result)}\n${leftOutLine(leftOut)}`);
  });
}

const printKnn = ({ model, data }: KnnArguments, feature: string, result: KnnResult): string =>
  `kNN on ${feature} (cosine${result.center ? ', centred' : ''}) of ${model} on ${data}\n${formatTable(HEAD, rowsOf(result))}`;

/** `pnpm eval knn`. */
export const knnCommand: EvalCommand = {
  name: 'knn',
  summary: 'weighted k-nearest-neighbour accuracy of frozen features',
  create: () =>
    withModelAndData(createCommand('knn', 'Weighted kNN of frozen features, as DINO measures it.', EXAMPLES))
      .option(
        '--k <numbers>',
        'neighbours that vote, all in one pass; default: 10,20,100,200',
        numberListOption('--k', { integer: true }),
      )
      .option('--temperature <t>', 'a neighbour votes with weight exp(cosine / t)', numberOption('--temperature'), 0.07)
      .option('--center', "subtract the training features' mean first (DINO does not)")
      .option('--report <file>', 'also write an HTML page')
      .action(sharingFeatures(runKnn, () => ['train', 'test'])),
};
