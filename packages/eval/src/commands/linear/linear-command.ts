import { createCommand, didYouMean, integerOption, numberListOption, UserError } from '@mfm/cli';
import type { FeatureTable } from '../../features/feature-table.ts';
import { classifyTable } from '../../linear/predictions.ts';
import { writeProbe } from '../../linear/probe-file.ts';
import { classReport } from '../../measure/class-report.ts';
import { accuracyText, classDocument, classText } from '../../measure/class-text.ts';
import { percent, percentInterval } from '../../measure/percent.ts';
import { classSections } from '../../report/class-sections.ts';
import { checkReportPath, writeEvalReport } from '../../report/eval-report.ts';
import type { EvalCommand } from '../eval-command.ts';
import {
  countLeftOut,
  describeModel,
  extractPart,
  leftOutLine,
  withModelAndData,
  withSplits,
} from '../model-and-data.ts';
import { sharingFeatures, type WantedPart } from '../share-features.ts';
import { dinoProtocol, maeProtocol, parseCrops } from './head-protocol.ts';
import { lbfgsProtocol } from './lbfgs-protocol.ts';
import type { FittedProbe, LinearArguments, ProbeProtocol } from './probe-protocol.ts';

/** Every protocol by its name. */
const PROTOCOLS: Readonly<Record<string, ProbeProtocol>> = {
  lbfgs: lbfgsProtocol,
  mae: maeProtocol,
  dino: dinoProtocol,
};

const EXAMPLES = [
  'pnpm eval linear --model mfm.onnx --data path/to/cifar10',
  'pnpm eval linear --model mfm.onnx --data path/to/cifar10 --protocol dino --report linear.html',
  'pnpm eval linear --model mfm.onnx --data path/to/cifar10 --protocol mae --epochs 20 --learning-rates 0.1,1,10',
  'pnpm eval linear --model mfm.onnx --data path/to/images --save-probe probe.safetensors --json',
];

function fractionOption(text: string): number {
  const value = Number(text);
  if (value > 0 && value < 1) return value;
  throw new UserError(`--validation: must be between 0 and 1, got "${text}".`);
}

/** Numbers ascending or descending, as the protocols try them. */
function sortedNumbers(name: string, order: 1 | -1) {
  const parse = numberListOption(name);
  return (text: string): number[] => parse(text).sort((a, b) => order * (a - b));
}

const optionName = (key: string) => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

function chooseProtocol(args: LinearArguments): ProbeProtocol {
  const { protocol: name } = args;
  const protocol = Object.hasOwn(PROTOCOLS, name) ? PROTOCOLS[name] : undefined;
  if (!protocol) throw new UserError(`--protocol: unknown name "${name}"${didYouMean(name, Object.keys(PROTOCOLS))}`);
  if (args.crops !== undefined) parseCrops(args.crops);
  const stray = protocol.foreign.find((key) => args[key] !== undefined);
  if (stray === undefined) return protocol;
  const takers = Object.keys(PROTOCOLS).filter((other) => !PROTOCOLS[other]!.foreign.includes(stray));
  throw new UserError(`${optionName(stray)}: is for --protocol ${takers.join(' or ')}. Leave it out with ${name}.`);
}

/** The probe's answers to the test images. */
async function testProbe({ classifier }: FittedProbe, test: FeatureTable, classes: readonly string[]) {
  const { predicted, top5, loss } = await classifyTable(test, classifier);
  const top5Accuracy = top5.reduce((sum, right) => sum + right, 0) / top5.length;
  return { report: classReport(predicted, test.labels, classes), loss, top5Accuracy };
}

/** Random crops are drawn anew in every epoch: their features are not kept. */
const wantedParts = ({ protocol, crops }: LinearArguments): readonly WantedPart[] =>
  protocol === 'lbfgs' || parseCrops(crops) === 'center' ? ['train', 'test'] : ['test'];

async function runLinear(args: LinearArguments): Promise<void> {
  const protocol = chooseProtocol(args);
  await checkReportPath(args.report);
  await withSplits(args, async (model, splits) => {
    const { classes } = splits;
    const test = await extractPart(model, splits.test, 'test', args);
    const probe = await protocol.fit({ model, splits, test, args }).catch((error: unknown) => {
      test.close();
      throw error;
    });
    const { report, loss, top5Accuracy } = await testProbe(probe, test, classes).finally(test.close);
    const { classifier, weightDecay, trainCount } = probe;
    const leftOut = probe.leftOut + countLeftOut([[splits.test, test]]);
    if (args.saveProbe) {
      const { output: feature, hash: modelHash } = model;
      await writeProbe(args.saveProbe, { classifier, classes, feature, modelHash, weightDecay });
    }
    const sections = args.report === undefined ? [] : await classSections(report, classes);
    await writeEvalReport(args.report, () => ({
      command: 'linear',
      title: `Linear probe on ${model.output}`,
      lead: `${args.model} on ${args.data}: ${protocol.summary}.`,
      cards: [
        { value: `${percent(report.accuracy)} %`, label: `test accuracy (95 %: ${percentInterval(report.interval)})` },
        { value: `${percent(top5Accuracy)} %`, label: 'top-5' },
        { value: String(trainCount), label: 'training images' },
        { value: String(report.count), label: 'test images' },
      ],
      sections: [...probe.sections, ...sections],
      settings: {
        ...{ model: args.model, 'SHA-256': model.hash, feature: model.output, dim: model.dim, data: args.data },
        ...{ protocol: args.protocol, seed: args.seed, ...model.preprocessing },
      },
    }));
    if (args.json) {
      const document = {
        ...{ command: 'linear', protocol: args.protocol, model: describeModel(model), data: args.data },
        ...{ classes: classes.length, trainCount, testCount: report.count, weightDecay },
        ...{ testAccuracy: report.accuracy, testInterval: report.interval, testTop5: top5Accuracy, testLoss: loss },
        ...{ ...probe.figures, ...classDocument(report, classes), leftOut },
      };
      process.stdout.write(`${JSON.stringify(document)}\n`);
      return;
    }
    process.stdout.write(
      `Linear probe on ${model.output} of ${args.model}, ${args.data}\n${probe.text}\n` +
        `Test: ${accuracyText(report)} of ${report.count} images, top-5 ${percent(top5Accuracy)} %, fitted on ${trainCount} images.\n` +
        `${classText(report, classes)}\n`,
    );
    if (args.saveProbe) process.stdout.write(`Saved to ${args.saveProbe}\n`);
    process.stdout.write(leftOutLine(leftOut));
  });
}

/** `pnpm eval linear`. */
export const linearCommand: EvalCommand = {
  name: 'linear',
  summary: 'linear probe: logistic regression on frozen features',
  create: () =>
    withModelAndData(createCommand('linear', 'Linear probe of frozen features, by one of three protocols.', EXAMPLES))
      .option(
        '--protocol <name>',
        Object.entries(PROTOCOLS)
          .map(([name, { summary }]) => `${name}: ${summary}`)
          .join('; '),
        'lbfgs',
      )
      .option(
        '--validation <share>',
        'share of the training set held out to choose the weight decay or learning rate',
        fractionOption,
        0.1,
      )
      .option(
        '--weight-decays <numbers>',
        'of lbfgs: what is tried; default: thirteen from 1 to 1e-6',
        sortedNumbers('--weight-decays', -1),
      )
      .option(
        '--learning-rates <numbers>',
        "of mae, dino: for 256 images a step, all trained in one pass; default: the protocol's",
        sortedNumbers('--learning-rates', 1),
      )
      .option('--epochs <n>', 'of mae (default: 90), dino (10)', integerOption('--epochs'))
      .option(
        '--batch-size <n>',
        'of mae, dino: images a step; default: 16384 and 1024, or a 64th of the training images',
        integerOption('--batch-size', 2),
      )
      .option(
        '--crops <kind>',
        'of mae, dino: "random" (default; the model runs every epoch) or "center" (it runs once)',
      )
      .option('--report <file>', 'also write an HTML page: trials, accuracy by class, confusion matrix')
      .option('--save-probe <file>', 'write the fitted probe as safetensors, for "pnpm eval robustness --probe"')
      .action(sharingFeatures(runLinear, wantedParts)),
};
