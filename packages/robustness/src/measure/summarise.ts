import { correctness, type Outcomes } from '../evaluate/outcomes.ts';
import type { CalibrationBin } from '../evaluate/suite-document.ts';
import { calibrationBins, expectedCalibrationError } from './calibration.ts';

/** Figures of one model on one test; accuracies as fractions. */
export interface Summary {
  readonly images: number;
  readonly top1: number;
  readonly top5: number;
  /** 1 − top1. */
  readonly error: number;
  /** Expected calibration error, 15 bins. */
  readonly ece: number;
  /** Mean negative log-likelihood of the true class, in nats. */
  readonly nll: number;
  /** Mean Brier score, in [0, 2]. */
  readonly brier: number;
  readonly calibration: readonly CalibrationBin[];
  /** Means over the images of what the test measured on its way, `[k]` each. */
  readonly measured?: Readonly<Record<string, readonly number[]>>;
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

function columnMeans(values: Float32Array, images: number): number[] {
  const width = values.length / images;
  const sums = new Float64Array(width);
  for (const [i, value] of values.entries()) sums[i % width]! += value;
  return Array.from(sums, (sum) => sum / images);
}

/** Summarises the outcomes of a test. */
export function summarise(outcomes: Outcomes): Summary {
  const right = correctness(outcomes);
  const images = right.length;
  const top1 = mean(right);
  const calibration = calibrationBins(outcomes.confidence, right);
  const { measured } = outcomes;
  return {
    ...{ images, top1, top5: mean(outcomes.top5), error: 1 - top1 },
    ...{
      ece: expectedCalibrationError(calibration),
      nll: mean(outcomes.nll),
      brier: mean(outcomes.brier),
      calibration,
    },
    ...(measured && {
      measured: Object.fromEntries(
        Object.entries(measured).map(([name, values]) => [name, columnMeans(values, images)]),
      ),
    }),
  };
}
