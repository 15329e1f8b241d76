import type { Communicator } from '@mfm/mpi';
import type { TrainConfig } from '../config/train-config.ts';
import type { Scores } from '../loop/evaluation.ts';
import { type StepReport, showProgress } from '../loop/progress.ts';
import type { RunStart, RunSummary } from '../loop/run-training.ts';
import type { RunOptions } from './run-options.ts';
import { stopOnInterrupt } from './stop-on-interrupt.ts';

/** Exit code of a process that was interrupted (128 + SIGINT). */
const INTERRUPTED = 130;

function formatSeconds(seconds: number): string {
  const total = Math.round(seconds);
  const [hours, minutes] = [Math.floor(total / 3600), Math.floor(total / 60) % 60];
  return hours > 0 ? `${hours} h ${minutes} min` : minutes > 0 ? `${minutes} min ${total % 60} s` : `${total} s`;
}

/** What a run of each kind tells of its scores, all in percent. */
const SHOWN: Readonly<Record<string, string>> = {
  ...{ top1: 'top-1', top5: 'top-5', top1Ema: 'moving average' },
  ...{ mIoU: 'mIoU', pixelAccuracy: 'pixel accuracy', mIoUEma: 'moving average' },
};

function describeScores({ scores, best }: RunSummary): string {
  if (!scores) return '';
  const text = (of: Scores) =>
    Object.entries(SHOWN)
      .filter(([name]) => of[name] !== undefined)
      .map(([name, title]) => `${title} ${of[name]!.toFixed(2)} %`)
      .join(', ');
  const better = best
    ? `\nbest: epoch ${Number(best.epoch.toFixed(2))}, ${text(best.scores)} · ${best.checkpoint}`
    : '';
  return ` · ${text(scores)}${better}`;
}

function describe(summary: RunSummary): string {
  const { finished, steps, epochs, loss, checkpoint, seconds, imagesPerSecond, badSamples } = summary;
  const lost = badSamples.length > 0 ? ` · ${badSamples.length} undecodable images left out` : '';
  const work =
    loss === null
      ? 'nothing left to do'
      : `loss ${loss.toFixed(4)} · ${formatSeconds(seconds)} · ${imagesPerSecond.toPrecision(3)} images/s`;
  const state = finished ? 'done' : 'stopped';
  const done = `${state}: ${Number(epochs.toFixed(2))} epochs, ${steps} steps · ${work} · ${checkpoint}${lost}`;
  return `${done}${describeScores(summary)}`;
}

/** The display of a run: opened when the run starts. */
function createDisplay() {
  let progress: ReturnType<typeof showProgress> | undefined;
  return {
    onStart({ step, totalSteps, engine, images, ...start }: RunStart) {
      const epochs = Number(start.epochs.toFixed(2));
      const from = step > 0 ? ` · resumed at step ${step}` : '';
      process.stderr.write(`${images} images · ${totalSteps} steps of ${epochs} epochs · ${engine}${from}\n`);
      if (step < totalSteps) progress = showProgress(step, totalSteps, epochs);
    },
    onStep: (report: StepReport) => progress?.report(report),
    stop: () => progress?.stop(),
  };
}

function report(summary: RunSummary, { json }: RunOptions): void {
  for (const { file, reason } of summary.badSamples) process.stderr.write(`left out: ${file} (${reason})\n`);
  process.stdout.write(`${json ? JSON.stringify(summary, null, 2) : describe(summary)}\n`);
  if (summary.finished) return;
  process.stderr.write(`Go on with: pnpm train --resume --out ${summary.folder}\n`);
}

/**
 * Runs a training to its end or until it is interrupted, showing its progress, and prints what it came to.
 *
 * @param communicator of several processes that train together, of which rank 0 alone shows and prints
 */
export async function runAndReport(
  config: TrainConfig,
  folder: string,
  options: RunOptions,
  communicator: Communicator | undefined,
): Promise<void> {
  if (options.explainPlacement) {
    if ((communicator?.rank ?? 0) > 0) return;
    const { printPlacement } = await import('./print-placement.ts');
    return printPlacement(config, options.json ?? false);
  }
  // Loaded late: TensorFlow.js and ONNX Runtime take most of a second, which a typing error need not wait for.
  const { runTraining } = await import('../loop/run-training.ts');
  const interrupt = stopOnInterrupt();
  const isRoot = (communicator?.rank ?? 0) === 0;
  const display = isRoot ? createDisplay() : undefined;
  try {
    const summary = await runTraining({
      ...{ config, folder, resume: options.resume ?? false, shouldStop: interrupt.wanted, communicator },
      ...(display && { onStart: display.onStart, onStep: display.onStep }),
    });
    display?.stop();
    if (isRoot) report(summary, options);
    // Of several ranks one tells: the launcher ends the job at the first exit code that is not 0.
    if (isRoot && !summary.finished) process.exitCode = INTERRUPTED;
  } finally {
    display?.stop();
    interrupt.release();
  }
}
