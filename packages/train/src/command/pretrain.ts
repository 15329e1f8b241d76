import type { TrainConfig } from '../config/train-config.ts';
import { type StepReport, showProgress } from '../loop/progress.ts';
import type { RunStart, RunSummary } from '../loop/run-training.ts';
import { presetTable } from '../presets/list-presets.ts';
import { PRESETS } from '../presets/presets.ts';
import { outFolder, type PretrainOptions, pretrainConfig } from './pretrain-config.ts';
import { stopOnInterrupt } from './stop-on-interrupt.ts';

/** Exit code of a process that was interrupted (128 + SIGINT). */
const INTERRUPTED = 130;

function formatSeconds(seconds: number): string {
  const total = Math.round(seconds);
  const [hours, minutes] = [Math.floor(total / 3600), Math.floor(total / 60) % 60];
  return hours > 0 ? `${hours} h ${minutes} min` : minutes > 0 ? `${minutes} min ${total % 60} s` : `${total} s`;
}

function describe({ finished, steps, epochs, loss, checkpoint, seconds, imagesPerSecond, badSamples }: RunSummary) {
  const lost = badSamples.length > 0 ? ` · ${badSamples.length} undecodable images left out` : '';
  const work =
    loss === null
      ? 'nothing left to do'
      : `loss ${loss.toFixed(4)} · ${formatSeconds(seconds)} · ${imagesPerSecond.toPrecision(3)} images/s`;
  const state = finished ? 'done' : 'stopped';
  return `${state}: ${Number(epochs.toFixed(2))} epochs, ${steps} steps · ${work} · ${checkpoint}${lost}`;
}

/** The display of a run: opened when the run starts. */
function createDisplay(config: TrainConfig) {
  let progress: ReturnType<typeof showProgress> | undefined;
  return {
    onStart({ step, totalSteps, engine, images }: RunStart) {
      const from = step > 0 ? ` · resumed at step ${step}` : '';
      process.stderr.write(`${images} images · ${totalSteps} steps of ${config.epochs} epochs · ${engine}${from}\n`);
      if (step < totalSteps) progress = showProgress(step, totalSteps, config.epochs);
    },
    onStep: (report: StepReport) => progress?.report(report),
    stop: () => progress?.stop(),
  };
}

function report(summary: RunSummary, options: PretrainOptions): void {
  for (const { file, reason } of summary.badSamples) process.stderr.write(`left out: ${file} (${reason})\n`);
  process.stdout.write(`${options.json ? JSON.stringify(summary, null, 2) : describe(summary)}\n`);
  if (summary.finished) return;
  process.stderr.write(`Go on with: pnpm train --resume --out ${summary.folder}\n`);
  process.exitCode = INTERRUPTED;
}

/** `pnpm train`: pre-trains into a run directory, or lists the presets. */
export async function pretrain(options: PretrainOptions): Promise<void> {
  if (options.listPresets) {
    process.stdout.write(`${options.json ? JSON.stringify(PRESETS, null, 2) : presetTable()}\n`);
    return;
  }
  const folder = outFolder(options);
  const config = await pretrainConfig(options, folder);
  // Loaded late: TensorFlow.js and ONNX Runtime take most of a second, which a typing error need not wait for.
  const { runTraining } = await import('../loop/run-training.ts');
  const interrupt = stopOnInterrupt();
  const display = createDisplay(config);
  try {
    const summary = await runTraining({
      ...{ config, folder, resume: options.resume ?? false, shouldStop: interrupt.wanted },
      ...{ onStart: display.onStart, onStep: display.onStep },
    });
    display.stop();
    report(summary, options);
  } finally {
    display.stop();
    interrupt.release();
  }
}
