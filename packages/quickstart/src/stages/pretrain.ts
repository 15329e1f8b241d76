import { rm } from 'node:fs/promises';
import { startProgress } from '@mfm/cli';
import type { MfmTask, VitConfig } from '@mfm/models';
import { type PretrainConfig, readMetrics, resolveConfig, runTraining } from '@mfm/train';
import type { LossPoint } from '../report/charts.ts';

/** What pre-training came to. */
export interface Pretraining {
  readonly config: PretrainConfig;
  readonly encoder: VitConfig;
  readonly task: MfmTask;
  readonly losses: readonly LossPoint[];
  readonly epochs: number;
  readonly steps: number;
  readonly seconds: number;
  readonly imagesPerSecond: number;
}

export interface PretrainPlan {
  readonly preset: string;
  readonly data: string;
  readonly trainSeconds: number;
}

/** Pre-trains the preset into a fresh run directory, at most for the given time. */
export async function pretrain(folder: string, { preset, data, trainSeconds }: PretrainPlan): Promise<Pretraining> {
  await rm(folder, { recursive: true, force: true });
  const config = await resolveConfig({ preset, options: { data: { path: data } } });
  const { encoder, task } = config.model;
  if (encoder.type !== 'vit' || task.filter !== 'mfm') {
    throw new Error(`pretrain: preset must train a ViT by masked frequencies, got "${preset}".`);
  }
  let progress: ReturnType<typeof startProgress> | undefined;
  let smooth = Number.NaN;
  const began = performance.now();
  try {
    const summary = await runTraining({
      config,
      folder,
      onStart({ totalSteps }) {
        progress = startProgress('pre-train', totalSteps);
      },
      onStep({ step, epoch, loss, imagesPerSecond }) {
        smooth = Number.isNaN(smooth) ? loss : 0.95 * smooth + 0.05 * loss;
        const speed = Number.isNaN(imagesPerSecond) ? '' : ` · ${Math.round(imagesPerSecond)} images/s`;
        progress?.update(step, `epoch ${epoch.toFixed(1)}/${config.epochs} · loss ${smooth.toFixed(4)}${speed}`);
      },
      shouldStop: () => performance.now() - began > 1000 * trainSeconds,
    });
    const { epochs, steps, seconds, imagesPerSecond } = summary;
    const losses = (await readMetrics(folder)).map(({ step, loss }) => ({ step, loss }));
    return { config, encoder, task, losses, epochs, steps, seconds, imagesPerSecond };
  } finally {
    progress?.stop();
  }
}
