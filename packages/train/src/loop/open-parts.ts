import { UserError } from '@mfm/cli';
import type { Loader } from '@mfm/data';
import { fromRoot, together } from '@mfm/mpi';
import type { TrainConfig } from '../config/train-config.ts';
import { createEngine } from '../engine/create-engine.ts';
import type { Engine, TrainState } from '../engine/engine.ts';
import { createJob } from './create-job.ts';
import type { Evaluation } from './evaluation.ts';
import { type Plan, planRun } from './plan.ts';
import type { RankSetup } from './rank-setup.ts';
import { blankState, loadState } from './train-state.ts';
import { openTrainingLoader, openTrainingSet, type TrainingSet } from './training-images.ts';
import type { TrainingJob } from './training-job.ts';

/** Everything that is open while a run is under way. */
export interface RunParts {
  job: TrainingJob;
  dataset: TrainingSet;
  /** Images that are trained on. */
  images: number;
  loader: Loader;
  plan: Plan;
  engine: Engine;
  /** What is measured after every epoch; undefined for nothing. */
  evaluation: Evaluation | undefined;
  /** Steps that are done already. */
  startStep: number;
  close(): Promise<void>;
}

/** The state that training goes on from. Of several ranks only rank 0 reads or draws it; the engine gives it to the others. */
async function openState(
  job: TrainingJob,
  checkpoint: string | undefined,
  rank: RankSetup | undefined,
): Promise<TrainState> {
  const read = () => (checkpoint === undefined ? job.initialState() : loadState(checkpoint, job.parameters));
  if (!rank) return read();
  const { communicator } = rank;
  let state: TrainState | undefined;
  const step = await fromRoot(communicator, async () => {
    state = await read();
    return state.step;
  });
  return state ?? blankState(job.parameters, step);
}

function openEngine(
  job: TrainingJob,
  initial: TrainState,
  rank: RankSetup | undefined,
  profile: string | undefined,
): Promise<Engine> {
  const { engine: kind, accumulationSteps, device, threads, distributed } = job.config;
  return createEngine({
    ...{
      kind,
      step: job.step,
      initial,
      accumulationSteps,
      device,
      threads: threads ?? rank?.threads,
      spin: rank?.spin,
      profile,
    },
    ...(rank && {
      distributed: {
        communicator: rank.communicator,
        lossWeight: job.lossWeight ?? (() => 1),
        bucketBytes: distributed.bucketMegabytes * 1e6,
        overlapStages: distributed.overlapStages,
      },
    }),
  });
}

/**
 * Opens what a run needs, checking all of it; writes nothing.
 *
 * @param checkpoint to go on from; undefined to begin at the first step
 * @param setup `rank`: one of several processes that open their parts together, where what fails on one fails on all; `profile`: prefix of the
 *   profile that ONNX Runtime writes when the parts are closed
 * @throws UserError for unusable data, device or checkpoint
 */
export async function openParts(
  config: TrainConfig,
  checkpoint: string | undefined,
  { rank, profile }: { rank?: RankSetup | undefined; profile?: string } = {},
): Promise<RunParts> {
  const opened: { close(): Promise<void> }[] = [];
  const close = async () => {
    for (const part of opened.splice(0).reverse()) await part.close();
  };
  const keep = <T extends { close(): Promise<void> }>(part: T): T => {
    opened.push(part);
    return part;
  };
  const onAll = <T>(work: () => Promise<T>): Promise<T> => (rank ? together(rank.communicator, work) : work());
  try {
    const { dataset, job, images, loader } = await onAll(async () => {
      const dataset = keep(await openTrainingSet(config));
      const job = createJob(config, dataset, rank?.communicator.size);
      const { loader, images } = openTrainingLoader(job, dataset, rank);
      return { dataset, job, images, loader: keep(loader) };
    });
    const state = await openState(job, checkpoint, rank);
    return await onAll(async () => {
      const plan = planRun(config, loader.batchesPerEpoch, job.step.lrScales);
      if (state.step > plan.totalSteps) {
        throw new UserError(
          `--resume: checkpoint "${checkpoint}" must be of a run of ${plan.totalSteps} steps, got step ${state.step}. ` +
            'Correct --data: the number of images has changed.',
        );
      }
      const evaluation = job.openEvaluation && keep(await job.openEvaluation(rank));
      const engine = keep(await openEngine(job, state, rank, profile));
      return { job, dataset, images, loader, plan, engine, evaluation, startStep: state.step, close };
    });
  } catch (error) {
    await close();
    throw error;
  }
}
