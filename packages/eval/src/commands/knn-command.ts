import { createCommand, formatTable, integerOption, startProgress, UserError } from '@mfm/cli';
import { openFeatureModel } from '../features/feature-model.ts';
import { knnClassify } from '../knn/knn-classify.ts';
import type { EvalCommand } from './eval-command.ts';
import {
  describeModel,
  extractSplits,
  type ModelAndData,
  percent,
  sessionOptions,
  withModelAndData,
} from './model-and-data.ts';

interface KnnArguments extends ModelAndData {
  readonly k: number;
  readonly temperature: number;
  readonly center?: boolean;
}

const EXAMPLES = [
  'pnpm eval knn --model mfm.onnx --data path/to/cifar10',
  'pnpm eval knn --model mfm.onnx --data path/to/images --feature cls_token --k 10 --train-limit 10000',
];

function temperatureOption(text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new UserError(`--temperature: must be a number above 0, got "${text}".`);
}

async function runKnn(args: KnnArguments): Promise<void> {
  const model = await openFeatureModel(args.model, args.feature, sessionOptions(args));
  try {
    const { train, test, classes, badSamples } = await extractSplits(model, args);
    if (args.k > train.count) {
      throw new UserError(`--k: must be at most the number of training images (${train.count}), got ${args.k}.`);
    }
    const progress = startProgress('neighbours', test.count);
    const { k, temperature, center = false, threads } = args;
    const options = { k, temperature, center, ...(threads && { threads }), onProgress: progress.update };
    const result = await knnClassify(train, test, options).finally(() => progress.stop());
    if (args.json) {
      const document = {
        command: 'knn',
        model: describeModel(model),
        data: args.data,
        classes: classes.length,
        ...result,
        badSamples,
      };
      process.stdout.write(`${JSON.stringify(document)}\n`);
      return;
    }
    const head = ['feature', 'k', 'T', 'train', 'test', 'top-1 %', 'top-5 %'];
    const row = [model.output, k, temperature, train.count, test.count, percent(result.top1), percent(result.top5)];
    process.stdout.write(
      `kNN (cosine${center ? ', centred' : ''}) of ${args.model} on ${args.data}\n${formatTable(head, [row])}\n`,
    );
    if (badSamples.length > 0) process.stdout.write(`${badSamples.length} undecodable images left out.\n`);
  } finally {
    await model.close();
  }
}

/** `pnpm eval knn`. */
export const knnCommand: EvalCommand = {
  name: 'knn',
  summary: 'weighted k-nearest-neighbour accuracy of frozen features',
  create: () =>
    withModelAndData(createCommand('knn', 'Weighted kNN of frozen features, as DINO measures it.', EXAMPLES))
      .option('--k <n>', 'neighbours that vote', integerOption('--k'), 20)
      .option('--temperature <t>', 'a neighbour votes with weight exp(cosine / t)', temperatureOption, 0.07)
      .option('--center', "subtract the training features' mean first (DINO does not)")
      .action(runKnn),
};
