import { createCommand, formatTable, startProgress, UserError } from '@mfm/cli';
import { createLoader, evalTransform } from '@mfm/data';
import {
  CORRUPTIONS,
  evaluateRobustness,
  findCorruption,
  type RobustnessResult,
  SEVERITIES,
  type Severity,
} from '@mfm/robustness';
import { openVectorModel, type VectorModel } from '../features/feature-model.ts';
import type { LinearClassifier } from '../linear/logistic-regression.ts';
import { readProbe, type SavedProbe } from '../linear/probe-file.ts';
import { makePredictor } from '../linear/probe-predictor.ts';
import type { EvalCommand } from './eval-command.ts';
import { fitWithProgress } from './linear-command.ts';
import {
  describeModel,
  extractPart,
  type ModelAndData,
  openPart,
  type Part,
  percent,
  requireSameClasses,
  sessionOptions,
  withModelAndData,
} from './model-and-data.ts';

interface RobustnessArguments extends ModelAndData {
  readonly probe?: string;
  readonly corruptions?: readonly string[];
  readonly severities?: readonly Severity[];
}

const EXAMPLES = [
  'pnpm eval robustness --model mfm.onnx --data path/to/cifar10 --probe probe.safetensors',
  'pnpm eval robustness --model classifier.onnx --data path/to/images --corruptions contrast,pixelate --severities 1,3,5',
];

const parseCorruptions = (text: string) => text.split(',').map((name) => findCorruption(name.trim()).name);

function parseSeverities(text: string): Severity[] {
  return text.split(',').map((part) => {
    const severity = SEVERITIES.find((known) => String(known) === part.trim());
    if (severity) return severity;
    throw new UserError(`--severities: must be numbers from ${SEVERITIES.join(', ')}, got "${part}".`);
  });
}

/** The probe that turns features into scores; none where the model gives scores itself. */
async function chooseProbe(
  model: VectorModel,
  saved: SavedProbe | undefined,
  test: Part,
  args: RobustnessArguments,
): Promise<LinearClassifier | undefined> {
  const classCount = test.dataset.classes.length;
  if (model.output === 'logits') {
    if (model.dim === classCount) return undefined;
    throw new UserError(
      `eval robustness: the model must have one logit per class, got ${model.dim} for the ${classCount} classes of ${test.dataset.name}.`,
    );
  }
  if (!saved) {
    const train = await openPart(args, 'train', model.preprocessing.imageSize);
    try {
      requireSameClasses(train.dataset, test.dataset);
      return (await fitWithProgress(await extractPart(model, train, 'train', args.workers), classCount, args))
        .classifier;
    } finally {
      await train.dataset.close();
    }
  }
  const { modelHash, classes, classifier } = saved;
  if (modelHash !== model.hash || classifier.dim !== model.dim) {
    throw new UserError(
      `--probe: must have been fitted on ${args.model} (sha256 ${model.hash.slice(0, 12)}…), got one of ${modelHash.slice(0, 12)}…. ` +
        'Fit it again with "pnpm eval linear --save-probe".',
    );
  }
  if (classes.join('\0') === test.dataset.classes.join('\0')) return classifier;
  throw new UserError(
    `--probe: must know the classes of ${test.dataset.name} (${classCount}), got a probe for ${classes.length} others.`,
  );
}

async function runRobustness(args: RobustnessArguments): Promise<void> {
  const saved = args.probe === undefined ? undefined : await readProbe(args.probe);
  const feature = saved?.feature ?? args.feature;
  const advice = 'Choose a feature with --feature, or give a classifier with the output "logits".';
  const wanted = saved ? [feature] : ['logits', feature];
  const model = await openVectorModel(args.model, wanted, advice, sessionOptions(args));
  try {
    const { imageSize, resize } = model.preprocessing;
    const test = await openPart(args, 'test', imageSize);
    try {
      const classifier = await chooseProbe(model, saved, test, args);
      const loader = createLoader(test.dataset, {
        batchSize: imageSize <= 64 ? 256 : 32,
        transform: evalTransform(imageSize, resize),
        subset: test.subset,
        ...(args.workers !== undefined && { workers: args.workers }),
      });
      const { corruptions = CORRUPTIONS.map(({ name }) => name), severities = SEVERITIES, seed } = args;
      const progress = startProgress(
        'robustness',
        loader.batchesPerEpoch * (corruptions.length * severities.length + 1),
      );
      let result: RobustnessResult;
      try {
        result = await evaluateRobustness({
          ...{ predict: makePredictor(model, classifier), loader, corruptions, severities, seed },
          ...(args.workers !== undefined && { workers: args.workers }),
          onProgress: (done, _, text) => progress.update(done, text),
        });
      } finally {
        progress.stop();
        await loader.close();
      }
      const { badSamples } = test.dataset;
      if (args.json) {
        const document = {
          command: 'robustness',
          model: describeModel(model),
          data: args.data,
          probe: args.probe ?? null,
          ...result,
          badSamples,
        };
        process.stdout.write(`${JSON.stringify(document)}\n`);
        return;
      }
      process.stdout.write(
        `Accuracy (%) of ${args.model} on ${result.images} images of ${args.data}, corrupted in memory\n`,
      );
      process.stdout.write(`${formatRobustness(result)}\n`);
      if (badSamples.length > 0) process.stdout.write(`${badSamples.length} undecodable images left out.\n`);
    } finally {
      await test.dataset.close();
    }
  } finally {
    await model.close();
  }
}

/** Accuracy by corruption (rows) and severity (columns), with means. */
export function formatRobustness({ clean, corruptions, mean }: RobustnessResult): string {
  const severities = corruptions[0]?.severities.map(({ severity }) => severity) ?? [];
  const blank = severities.map(() => '–');
  return formatTable(
    ['corruption', 'kind', ...severities.map((severity) => `severity ${severity}`), 'mean'],
    [
      ['none', 'clean', ...blank, percent(clean.accuracy)],
      ...corruptions.map(({ name, category, severities: scores, accuracy }) => [
        ...[name, category, ...scores.map((score) => percent(score.accuracy)), percent(accuracy)],
      ]),
      ['mean', '', ...blank, percent(mean.accuracy)],
    ],
  );
}

/** `pnpm eval robustness`. */
export const robustnessCommand: EvalCommand = {
  name: 'robustness',
  summary: 'accuracy under the corruptions of ImageNet-C',
  create: () =>
    withModelAndData(
      createCommand(
        'robustness',
        'Accuracy under corruptions, of a classifier (output "logits") or of features with a linear probe, saved or fitted first.',
        EXAMPLES,
      ),
    )
      .option(
        '--probe <file>',
        'a probe saved by "pnpm eval linear --save-probe"; without it one is fitted on the train split',
      )
      .option(
        '--corruptions <names>',
        `comma-separated; default: ${CORRUPTIONS.map(({ name }) => name).join(',')}`,
        parseCorruptions,
      )
      .option('--severities <numbers>', 'comma-separated; default: 1,2,3,4,5', parseSeverities)
      .action(runRobustness),
};
