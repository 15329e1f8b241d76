import { type FeatureTable, selectRows } from '../features/feature-table.ts';
import { stratifiedSplit } from '../features/seeded-subset.ts';
import type { LinearClassifier } from './linear-classifier.ts';
import { type LogisticFit, openLogisticProblem } from './logistic-regression.ts';
import { tableAccuracy } from './predictions.ts';
import { foldStandardization, measureStandardization, type Standardization } from './standardize.ts';

/** Weight decays tried, strongest first so that each fit starts from its simpler neighbour's solution. */
export const WEIGHT_DECAYS: readonly number[] = [
  1, 0.3, 0.1, 0.03, 0.01, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 3e-6, 1e-6,
];

export interface LinearProbeOptions {
  readonly classCount: number;
  readonly seed?: number;
  /** Share of every training class held out to choose the weight decay. Default 0.1. */
  readonly validationFraction?: number;
  readonly weightDecays?: readonly number[];
  readonly tolerance?: number;
  readonly maxIterations?: number;
  readonly threads?: number;
  readonly onProgress?: (done: number, total: number, text: string) => void;
}

/** One weight decay's fit on the kept part of the training set. */
export interface Trial {
  readonly weightDecay: number;
  readonly trainAccuracy: number;
  readonly validationAccuracy: number;
  readonly iterations: number;
  readonly gradientNorm: number;
  readonly converged: boolean;
}

export interface LinearProbe {
  /** Refitted on the whole training set; works on raw features. */
  readonly classifier: LinearClassifier;
  readonly weightDecay: number;
  readonly trials: readonly Trial[];
  readonly trainAccuracy: number;
  /** Of the chosen weight decay, before the refit. */
  readonly validationAccuracy: number;
  readonly loss: number;
  readonly iterations: number;
  readonly gradientNorm: number;
  readonly converged: boolean;
}

/**
 * Fits a linear probe: multinomial logistic regression on standardised features, to convergence, with the weight decay that does best on a
 * held-out part of the training set, refitted on all of it. L-BFGS has no learning rate to choose.
 */
export async function fitLinearProbe(train: FeatureTable, options: LinearProbeOptions): Promise<LinearProbe> {
  const { classCount, seed = 0, validationFraction = 0.1, weightDecays = WEIGHT_DECAYS, onProgress } = options;
  const threadOptions = options.threads === undefined ? {} : { threads: options.threads };
  const total = weightDecays.length + 1;
  const { kept, held } = stratifiedSplit(train.labels, validationFraction, seed);
  if (held.length === 0) {
    throw new Error(
      `fitLinearProbe: each class must have enough images to hold some out, got ${train.count} images of ${classCount} classes.`,
    );
  }

  const trials: Trial[] = [];
  let [best, bestStart]: [Trial | undefined, LinearClassifier | undefined] = [undefined, undefined];
  const [fitTable, heldTable] = [selectRows(train, kept), selectRows(train, held)];
  const scale = measureStandardization(fitTable);
  const accuracy = (table: FeatureTable, fit: LogisticFit, standardization: Standardization) =>
    tableAccuracy(table, foldStandardization(fit.classifier, standardization), threadOptions);
  const problem = await openLogisticProblem(fitTable, classCount, { standardization: scale, ...threadOptions });
  try {
    let start: LinearClassifier | undefined;
    for (const weightDecay of weightDecays) {
      const fit: LogisticFit = await problem.fit({ ...options, weightDecay, ...(start && { start }) });
      start = fit.classifier;
      const trial = {
        weightDecay,
        trainAccuracy: await accuracy(fitTable, fit, scale),
        validationAccuracy: await accuracy(heldTable, fit, scale),
        iterations: fit.iterations,
        gradientNorm: fit.gradientNorm,
        converged: fit.converged,
      };
      trials.push(trial);
      // On a tie the stronger weight decay, tried first, stays.
      if (!best || trial.validationAccuracy > best.validationAccuracy) [best, bestStart] = [trial, fit.classifier];
      onProgress?.(trials.length, total, `weight decay ${weightDecay}: ${percent(trial.validationAccuracy)}`);
    }
  } finally {
    await problem.close();
  }

  const { weightDecay, validationAccuracy } = best!;
  const wholeScale = measureStandardization(train);
  const refit = await openLogisticProblem(train, classCount, { standardization: wholeScale, ...threadOptions });
  try {
    const fit = await refit.fit({ ...options, weightDecay, ...(bestStart && { start: bestStart }) });
    const { classifier, value, iterations, gradientNorm, converged } = fit;
    const trainAccuracy = await accuracy(train, fit, wholeScale);
    onProgress?.(total, total, `refit: ${percent(trainAccuracy)} on the training set`);
    return {
      classifier: foldStandardization(classifier, wholeScale),
      weightDecay,
      trials,
      trainAccuracy,
      validationAccuracy,
      loss: value,
      iterations,
      gradientNorm,
      converged,
    };
  } finally {
    await refit.close();
  }
}

const percent = (fraction: number) => `${(100 * fraction).toFixed(2)} %`;
