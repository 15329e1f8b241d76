import { createCommand, formatTable, startProgress, UserError } from '@mfm/cli';
import type { FeatureTable } from '../features/feature-table.ts';
import { fitLinearProbe, type LinearProbe, WEIGHT_DECAYS } from '../linear/linear-probe.ts';
import { tableAccuracy } from '../linear/predictions.ts';
import { writeProbe } from '../linear/probe-file.ts';
import type { EvalCommand } from './eval-command.ts';
import {
  countLeftOut,
  describeModel,
  extractPart,
  leftOutLine,
  type ModelAndData,
  percent,
  withModelAndData,
  withSplits,
} from './model-and-data.ts';

interface LinearArguments extends ModelAndData {
  readonly saveProbe?: string;
  readonly validation: number;
}

const EXAMPLES = [
  'pnpm eval linear --model mfm.onnx --data path/to/cifar10',
  'pnpm eval linear --model mfm.onnx --data path/to/images --save-probe probe.safetensors --json',
];

function fractionOption(text: string): number {
  const value = Number(text);
  if (value > 0 && value < 1) return value;
  throw new UserError(`--validation: must be between 0 and 1, got "${text}".`);
}

/** Fits a probe with progress; a training set too small to hold some out is the user's affair. */
export async function fitWithProgress(
  train: FeatureTable,
  classCount: number,
  { seed, threads }: ModelAndData,
  validationFraction = 0.1,
): Promise<LinearProbe> {
  const counts = new Map<number, number>();
  for (const label of train.labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  if (counts.size < 2 || ![...counts.values()].some((count) => Math.round(count * validationFraction) > 0)) {
    throw new UserError(
      `eval linear: the training set must have two classes and images enough to hold ${percent(validationFraction)} % of a class out, ` +
        `got ${train.count} images of ${counts.size} classes. Use more data.`,
    );
  }
  const progress = startProgress('linear probe', WEIGHT_DECAYS.length + 1);
  try {
    return await fitLinearProbe(train, {
      classCount,
      seed,
      validationFraction,
      ...(threads && { threads }),
      onProgress: (done, _, text) => progress.update(done, text),
    });
  } finally {
    progress.stop();
  }
}

async function runLinear(args: LinearArguments): Promise<void> {
  await withSplits(args, async (model, { train: trainPart, test: testPart, classes }) => {
    const train = await extractPart(model, trainPart, 'train', args);
    const test = await extractPart(model, testPart, 'test', args);
    const probe = await fitWithProgress(train, classes.length, args, args.validation);
    const testAccuracy = await tableAccuracy(test, probe.classifier);
    const { classifier, weightDecay, ...figures } = probe;
    const leftOut = countLeftOut([
      [trainPart, train],
      [testPart, test],
    ]);
    train.close();
    test.close();
    if (args.saveProbe) {
      await writeProbe(args.saveProbe, {
        classifier,
        classes,
        feature: model.output,
        modelHash: model.hash,
        weightDecay,
      });
    }
    if (args.json) {
      const counts = { classes: classes.length, trainCount: train.count, testCount: test.count };
      const document = {
        ...{ command: 'linear', model: describeModel(model), data: args.data, ...counts, weightDecay, testAccuracy },
        ...figures,
        leftOut,
      };
      process.stdout.write(`${JSON.stringify(document)}\n`);
      return;
    }
    process.stdout.write(
      `Linear probe on ${model.output} of ${args.model}, ${args.data}\n${describeProbe(probe, testAccuracy, train.count, test.count)}\n`,
    );
    if (args.saveProbe) process.stdout.write(`Saved to ${args.saveProbe}\n`);
    process.stdout.write(leftOutLine(leftOut));
  });
}

function describeProbe(probe: LinearProbe, testAccuracy: number, trainCount: number, testCount: number): string {
  const trials = probe.trials.map(({ weightDecay, trainAccuracy, validationAccuracy, iterations, gradientNorm }) => [
    ...[weightDecay, percent(trainAccuracy), percent(validationAccuracy), iterations, gradientNorm.toExponential(1)],
    weightDecay === probe.weightDecay ? 'chosen' : '',
  ]);
  const head = ['train', 'test', 'weight decay', 'train %', 'validation %', 'test %', 'iterations', 'max |gradient|'];
  const row = [
    ...[trainCount, testCount, probe.weightDecay, percent(probe.trainAccuracy), percent(probe.validationAccuracy)],
    ...[percent(testAccuracy), probe.iterations, probe.gradientNorm.toExponential(1)],
  ];
  return [
    formatTable(['weight decay', 'train %', 'validation %', 'iterations', 'max |gradient|', ''], trials),
    `Refitted on the whole training set${probe.converged ? '' : ' (NOT converged to 1e-5: see max |gradient|)'}:`,
    formatTable(head, [row]),
  ].join('\n');
}

/** `pnpm eval linear`. */
export const linearCommand: EvalCommand = {
  name: 'linear',
  summary: 'linear probe: logistic regression on frozen features',
  create: () =>
    withModelAndData(
      createCommand('linear', 'Linear probe: logistic regression on frozen features, to convergence.', EXAMPLES),
    )
      .option(
        '--validation <share>',
        'share of the training set held out to choose the weight decay',
        fractionOption,
        0.1,
      )
      .option('--save-probe <file>', 'write the fitted probe as safetensors, for "pnpm eval robustness --probe"')
      .action(runLinear),
};
