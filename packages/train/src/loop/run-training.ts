import type { BadSample } from '@mfm/data';
import { type Communicator, fromRoot, gather } from '@mfm/mpi';
import type { TrainConfig } from '../config/train-config.ts';
import { openCheckpointStore } from '../run-directory/checkpoint-store.ts';
import { requireNoRun } from '../run-directory/run-directory.ts';
import type { Scores } from './evaluation.ts';
import { openParts } from './open-parts.ts';
import type { StepReport } from './progress.ts';
import { setUpRank } from './rank-setup.ts';
import { type BestScores, followRecorder, startRecorder } from './run-recorder.ts';
import { trainSteps } from './train-steps.ts';

/** What `runTraining` is told when everything is open. */
export interface RunStart {
  /** Steps that are done already. */
  step: number;
  totalSteps: number;
  /** Epochs of the whole run, fractional. */
  epochs: number;
  /** Name of the engine. */
  engine: string;
  /** Images that are trained on. */
  images: number;
}

/** What `runTraining` is asked to do. */
export interface RunOptions {
  config: TrainConfig;
  /** The run directory; made when missing. */
  folder: string;
  /** Goes on from the newest checkpoint of the folder, or begins anew where there is none. Default false. */
  resume?: boolean;
  /** Processes that train together, each of which calls this; rank 0 alone reads and writes the folder. */
  communicator?: Communicator | undefined;
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
  /** The last measurement after an epoch; absent where nothing is measured. */
  scores?: Scores;
  /** The best measurement, and where its checkpoint is kept. */
  best?: BestScores;
  /** Wall-clock time of this call's training. */
  seconds: number;
  /** Over this call's training, checkpoints included. */
  imagesPerSecond: number;
  /** Images left out because of `data.skipBad`. */
  badSamples: readonly { file: string; reason: string }[];
}

/** @returns the newest checkpoint of a run that goes on; undefined for one that begins */
async function findCheckpoint(folder: string, resume: boolean): Promise<string | undefined> {
  if (resume) return (await openCheckpointStore(folder).list())[0];
  await requireNoRun(folder);
  return undefined;
}

/** Whether any rank wants to stop. */
async function anyStops(wanted: boolean, communicator: Communicator | undefined): Promise<boolean> {
  if (!communicator) return wanted;
  const count = Float64Array.of(wanted ? 1 : 0);
  await communicator.allReduce(count);
  return count[0]! > 0;
}

/** Undecodable images that any rank came upon, each once. */
async function allBadSamples(own: readonly BadSample[], communicator: Communicator | undefined): Promise<BadSample[]> {
  const lists = communicator ? await gather(communicator, own) : [own];
  return [...new Map(lists.flat().map((sample) => [sample.file, sample])).values()];
}

/**
 * Trains a model into a run directory: `config.json`, `metrics.jsonl`, a TensorBoard event file, `checkpoints/`, and in fine-tuning
 * `evaluations.jsonl`. Whatever a user can
 * have wrong is found before the directory is made.
 *
 * A run killed at any instant and resumed ends with the same bytes in its last checkpoint as one that was not: all draws
 * depend on (seed, epoch, sample), and nothing that depends on time is stored in checkpoints.
 *
 * @throws UserError for unusable data, device, checkpoint or folder, and for a loss that is not finite
 */
export async function runTraining({
  config,
  folder,
  resume = false,
  communicator,
  ...hooks
}: RunOptions): Promise<RunSummary> {
  const find = () => findCheckpoint(folder, resume);
  const newest = communicator ? await fromRoot(communicator, find) : await find();
  const parts = await openParts(config, newest, { rank: communicator && setUpRank(communicator) });
  const isRoot = (communicator?.rank ?? 0) === 0;
  try {
    const { job, plan, loader, engine, dataset, images, startStep } = parts;
    const recorder = isRoot ? await startRecorder(folder, parts, newest) : followRecorder(parts);
    const epochs = plan.totalSteps / plan.stepsPerEpoch;
    hooks.onStart?.({ step: startStep, totalSteps: plan.totalSteps, epochs, engine: engine.name, images });
    const began = performance.now();
    let loss: number | null = null;
    const steps = await trainSteps(
      {
        ...{ plan, loader, engine, accumulationSteps: config.accumulationSteps, batchSize: config.batchSize, isRoot },
        prepare: job.prepare,
        lastCheckpoint: recorder.lastCheckpoint,
        async afterStep(report) {
          loss = report.loss;
          const stop = await anyStops(hooks.shouldStop?.() ?? false, communicator);
          await recorder.record(report, stop);
          hooks.onStep?.({ ...report, scores: recorder.lastScores() });
          return stop;
        },
      },
      startStep,
    );
    const seconds = (performance.now() - began) / 1000;
    const [scores, best] = [recorder.lastScores(), recorder.best()];
    return {
      ...{ folder, finished: steps === plan.totalSteps, steps, epochs: steps / plan.stepsPerEpoch, loss },
      ...{
        checkpoint: recorder.lastCheckpoint(),
        seconds,
        badSamples: await allBadSamples(dataset.badSamples, communicator),
      },
      ...(scores && { scores }),
      ...(best && { best }),
      imagesPerSecond: ((steps - startStep) * config.batchSize * config.accumulationSteps) / seconds,
    };
  } finally {
    await parts.close();
  }
}
