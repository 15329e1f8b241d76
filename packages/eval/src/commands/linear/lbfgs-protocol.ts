import { formatTable, startProgress, UserError } from '@mfm/cli';
import { drawLines, html, renderTable } from '@mfm/report';
import type { FeatureTable } from '../../features/feature-table.ts';
import { fitLinearProbe, type LinearProbe, WEIGHT_DECAYS } from '../../linear/linear-probe.ts';
import { percent } from '../../measure/percent.ts';
import { countLeftOut, extractPart, labelsOf, type ModelAndData } from '../model-and-data.ts';
import type { ProbeProtocol } from './probe-protocol.ts';

/** Fits a probe with progress; a training set too small to hold some out is the user's affair. */
export async function fitWithProgress(
  train: FeatureTable,
  classCount: number,
  { seed, threads }: Pick<ModelAndData, 'seed' | 'threads'>,
  validationFraction = 0.1,
  weightDecays: readonly number[] = WEIGHT_DECAYS,
): Promise<LinearProbe> {
  requireEnough(train.labels, validationFraction);
  const progress = startProgress('linear probe', weightDecays.length + 1);
  try {
    return await fitLinearProbe(train, {
      ...{ classCount, seed, validationFraction, weightDecays },
      ...(threads && { threads }),
      onProgress: (done, _, text) => progress.update(done, text),
    });
  } finally {
    progress.stop();
  }
}

/** @throws UserError when there is one class alone, or none of which some images can be held out */
export function requireEnough(labels: Int32Array, validationFraction: number): void {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  if (counts.size >= 2 && [...counts.values()].some((count) => Math.round(count * validationFraction) > 0)) return;
  throw new UserError(
    `eval linear: the training set must have two classes and images enough to hold ${percent(validationFraction)} % of a class out, ` +
      `got ${labels.length} images of ${counts.size} classes. Use more data.`,
  );
}

const TRIAL_HEAD = ['weight decay', 'train %', 'validation %', 'iterations', 'max |gradient|', ''];

const trialRows = (probe: LinearProbe) =>
  probe.trials.map(({ weightDecay, trainAccuracy, validationAccuracy, iterations, gradientNorm }) => [
    ...[weightDecay, percent(trainAccuracy), percent(validationAccuracy), iterations, gradientNorm.toExponential(1)],
    weightDecay === probe.weightDecay ? 'chosen' : '',
  ]);

function describe(probe: LinearProbe): string {
  const { weightDecay, trainAccuracy, validationAccuracy, iterations, gradientNorm, converged } = probe;
  const row = [weightDecay, percent(trainAccuracy), percent(validationAccuracy), iterations];
  return [
    formatTable(TRIAL_HEAD, trialRows(probe)),
    `Refitted on the whole training set${converged ? '' : ' (NOT converged to 1e-5: see max |gradient|)'}:`,
    formatTable(TRIAL_HEAD.slice(0, -1), [[...row, gradientNorm.toExponential(1)]]),
  ].join('\n');
}

/** Logistic regression to convergence. */
export const lbfgsProtocol: ProbeProtocol = {
  summary: 'logistic regression to convergence (L-BFGS), weight decay chosen on held-out images',
  foreign: ['learningRates', 'epochs', 'batchSize', 'crops'],
  async fit({ model, splits, args }) {
    // Before the images are gone through; undecodable ones may still make it fewer.
    requireEnough(labelsOf(splits.train), args.validation);
    const train = await extractPart(model, splits.train, 'train', args);
    try {
      const classCount = splits.classes.length;
      const probe = await fitWithProgress(train, classCount, args, args.validation, args.weightDecays);
      const { classifier, weightDecay, ...figures } = probe;
      const points = (of: (trial: LinearProbe['trials'][number]) => number) =>
        probe.trials.map((trial) => [trial.weightDecay, 100 * of(trial)] as const);
      const series = [
        { name: 'training part', points: points(({ trainAccuracy }) => trainAccuracy) },
        { name: 'held out', points: points(({ validationAccuracy }) => validationAccuracy) },
      ];
      const chart = drawLines({ x: 'weight decay', y: 'accuracy in %', logarithmicX: true, series });
      return {
        ...{ classifier, weightDecay, figures, trainCount: train.count },
        leftOut: countLeftOut([[splits.train, train]]),
        text: describe(probe),
        sections: [
          {
            title: 'Weight decays',
            text: `Each is fitted on ${percent(1 - args.validation)} % of the training set, the best on the rest is fitted again on all of it.`,
            content: html`${probe.trials.length > 1 ? chart : ''}${renderTable(TRIAL_HEAD, trialRows(probe))}`,
          },
        ],
      };
    } finally {
      train.close();
    }
  },
};
