import { learningRate } from '../../train/learning-rate.ts';
import type { CurvePoint } from '../../train/loss-curve.ts';
import type { Evaluation, StepResult, TrainingDescription } from '../../worker/training.ts';
import type { EngineClient } from '../engine-client.ts';
import type { GalleryPicture } from '../gallery.ts';
import { prepareTrainingPictures, type TrainingPictures } from './training-pictures.ts';

/** Steps between two looks at the held-out picture. */
const EVALUATE_EVERY = 10;
/** Share of the steps that are warm-up. */
const WARMUP = 0.1;

/** What the user chose. */
export interface RunOptions {
  readonly steps: number;
  readonly peakRate: number;
  readonly seed: number;
}

/** What a run tells while it goes on. */
export interface RunListener {
  onStep(result: StepResult, run: TrainingRun): void;
  onEvaluation(evaluation: Evaluation, run: TrainingRun): void;
}

/** A training from its first step on. */
export interface TrainingRun {
  readonly description: TrainingDescription;
  readonly options: RunOptions;
  readonly pictures: TrainingPictures;
  readonly training: readonly CurvePoint[];
  readonly heldOut: readonly CurvePoint[];
  readonly isFinished: boolean;
  /** Goes on until it is told to pause or the last step is done. */
  go(): Promise<void>;
  /** Ends `go` after the step that is under way. */
  pause(): void;
}

/**
 * Prepares a run; the engine's training must be at its first step. Draws depend on the seed alone: the same pictures and seed give the same
 * curve on the same device.
 */
export async function prepareRun(
  { remote }: EngineClient,
  description: TrainingDescription,
  gallery: { pictures: readonly GalleryPicture[]; chosen: number },
  options: RunOptions,
  listener: RunListener,
): Promise<TrainingRun> {
  const pictures = prepareTrainingPictures(gallery.pictures, gallery.chosen, description);
  const { steps, peakRate, seed } = options;
  const plan = { peak: peakRate, steps, warmup: Math.round(WARMUP * steps) };
  const training: CurvePoint[] = [];
  const heldOut: CurvePoint[] = [];
  let isWanted = false;

  async function evaluate(): Promise<void> {
    const evaluation = await remote.evaluateTraining(pictures.evaluation);
    heldOut.push({ step: training.length, value: evaluation.loss });
    listener.onEvaluation(evaluation, run);
  }

  const run: TrainingRun = {
    ...{ description, options, pictures, training, heldOut },
    get isFinished() {
      return training.length >= steps;
    },
    async go() {
      isWanted = true;
      while (isWanted && !run.isFinished) {
        const step = training.length + 1;
        const result = await remote.trainStep(pictures.batch(seed, step), learningRate(plan, step));
        if (!Number.isFinite(result.loss)) {
          throw new Error(`The loss of step ${step} is no number any more. Reset, and train at a lower rate.`);
        }
        training.push({ step, value: result.loss });
        listener.onStep(result, run);
        if (step % EVALUATE_EVERY === 0 || run.isFinished) await evaluate();
      }
    },
    pause() {
      isWanted = false;
    },
  };
  await evaluate();
  return run;
}
