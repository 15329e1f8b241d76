import { startProgress } from '@mfm/cli';
import type { Scores } from './evaluation.ts';

/** What the display is told after every optimiser step. */
export interface StepReport {
  /** Optimiser steps made, over the whole run. */
  step: number;
  totalSteps: number;
  /** Epochs made, fractional. */
  epoch: number;
  loss: number;
  gradNorm: number;
  lr: number;
  /** Images per second, smoothed; NaN in the first step. */
  imagesPerSecond: number;
  /** What was measured after the last whole epoch. */
  scores?: Scores | undefined;
}

/** Scores that are shown while training goes on. */
const PROGRESS_SCORES = [
  ['top1', 'top-1'],
  ['mIoU', 'mIoU'],
] as const;

/** Part of the old value that an exponential mean keeps. */
const SMOOTHING = 0.95;

/** An exponential mean that begins at its first value. */
export function createMean(): (value: number) => number {
  let mean = Number.NaN;
  return (value) => {
    mean = Number.isNaN(mean) ? value : SMOOTHING * mean + (1 - SMOOTHING) * value;
    return mean;
  };
}

/**
 * Shows training on standard error: epoch, smoothed loss, rate, images per second, time left.
 *
 * @param startStep steps that are done already; the bar counts those still to do, so that the time left is right
 */
export function showProgress(startStep: number, totalSteps: number, epochs: number) {
  const bar = startProgress('train', totalSteps - startStep);
  const smooth = createMean();
  return {
    report({ step, epoch, loss, lr, imagesPerSecond, scores }: StepReport): void {
      const speed = Number.isNaN(imagesPerSecond) ? '' : ` · ${imagesPerSecond.toPrecision(3)} images/s`;
      const place = `epoch ${epoch.toFixed(2)}/${epochs}`;
      const accuracy = PROGRESS_SCORES.filter(([name]) => scores?.[name] !== undefined)
        .map(([name, title]) => ` · ${title} ${scores![name]!.toFixed(2)} %`)
        .join('');
      bar.update(
        step - startStep,
        `${place} · loss ${smooth(loss).toFixed(4)} · lr ${lr.toExponential(2)}${accuracy}${speed}`,
      );
    },
    stop: () => bar.stop(),
  };
}
