import type { TrainConfig } from '../config/train-config.ts';
import { openCheckpointStore } from '../run-directory/checkpoint-store.ts';
import { requireNoRun } from '../run-directory/run-directory.ts';
import { createMaskDraw } from './draw-masks.ts';
import { openParts } from './open-parts.ts';
import type { StepReport } from './progress.ts';
import { startRecorder } from './run-recorder.ts';
import { trainSteps } from './train-steps.ts';

/** What `runTraining` is told when everything is open. */
export interface RunStart {
  /** Steps that are done already. */
  step: number;
  totalSteps: number;
  /** Name of the engine. */
  engine: string;
  /** Images in the data set. */
  images: number;
}

/** What `runTraining` is asked to do. */
export interface RunOptions {
  config: TrainConfig;
  /** The run directory; made when missing. */
  folder: string;
  /** Goes on from the newest checkpoint of the folder, or begins anew where there is none. Default false. */
  resume?: boolean;
  onStart?(start: RunStart): void;
  /** Called after every optimiser step. */
  onStep?(report: StepReport): void;
  /** Asked after every step: true saves a checkpoint and ends. */
  shouldStop?(): boolean;
}

/** What a run came to. */
export interface RunSummary {
  folder: string;
  /** Whether all epochs are done. */
  finished: boolean;
  /** Optimiser steps made, over the whole run. */
  steps: number;
  /** Epochs made, fractional. */
  epochs: number;
  /** Loss of the last step; null where a resumed run had nothing left to do. */
  loss: number | null;
  /** Newest checkpoint. */
  checkpoint: string | undefined;
  /** Wall-clock time of this call's training. */
  seconds: number;
  /** Over this call's training, checkpoints included. */
  imagesPerSecond: number;
  /** Images left out because of `data.skipBad`. */
  badSamples: readonly { file: string; reason: string }[];
}

/**
 * Trains a model into a run directory: `config.json`, `metrics.jsonl`, a TensorBoard event file, `checkpoints/`. Whatever a user can
 * have wrong is found before the directory is made.
 *
 * A run killed at any instant and resumed ends with the same bytes in its last checkpoint as one that was not: all draws
 * depend on (seed, epoch, sample), and nothing that depends on time is stored in checkpoints.
 *
 * @throws UserError for unusable data, device, checkpoint or folder, and for a loss that is not finite
 */
export async function runTraining({ config, folder, resume = false, ...hooks }: RunOptions): Promise<RunSummary> {
  if (!resume) await requireNoRun(folder);
  const newest = resume ? (await openCheckpointStore(folder).list())[0] : undefined;
  const parts = await openParts(config, newest);
  try {
    const { plan, loader, engine, dataset, startStep } = parts;
    const recorder = await startRecorder(folder, config, parts, newest);
    hooks.onStart?.({ step: startStep, totalSteps: plan.totalSteps, engine: engine.name, images: dataset.length });
    const began = performance.now();
    let loss: number | null = null;
    const steps = await trainSteps(
      {
        ...{ plan, loader, engine, accumulationSteps: config.accumulationSteps },
        drawMasks: createMaskDraw(config.model.imageSize, config.model.task, config.seed),
        lastCheckpoint: recorder.lastCheckpoint,
        async afterStep(report) {
          loss = report.loss;
          const stop = hooks.shouldStop?.() ?? false;
          await recorder.record(report, stop);
          hooks.onStep?.(report);
          return stop;
        },
      },
      startStep,
    );
    const seconds = (performance.now() - began) / 1000;
    return {
      ...{ folder, finished: steps === plan.totalSteps, steps, epochs: steps / plan.stepsPerEpoch, loss },
      ...{ checkpoint: recorder.lastCheckpoint(), seconds, badSamples: dataset.badSamples },
      imagesPerSecond: ((steps - startStep) * config.batchSize * config.accumulationSteps) / seconds,
    };
  } finally {
    await parts.close();
  }
}
