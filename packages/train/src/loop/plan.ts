import { UserError } from '@mfm/cli';
import type { TrainConfig } from '../config/train-config.ts';
import { type Schedule, scaledRateAt, scaleLearningRate } from '../schedule/schedule.ts';

/** Where a run stands after so many optimiser steps. */
export interface Position {
  /** Epoch under way, from 0. */
  epoch: number;
  /** First batch of it that is still to be done. */
  batch: number;
}

/** A run's arithmetic: steps, positions, rates. */
export interface Plan {
  batchesPerEpoch: number;
  /** Optimiser steps per epoch: batches left over at its end, too few for a step, are not used (the official code drops their gradient). */
  stepsPerEpoch: number;
  totalSteps: number;
  /** Of a parameter whose rate is not scaled. */
  schedule: Schedule;
  position(step: number): Position;
  /** Rates in force in the step with this number, from 0: one for each of `lrScales`. */
  learningRates(step: number): number[];
  /** Whether a checkpoint is due when so many steps are done. */
  isCheckpointDue(step: number): boolean;
  /** Whether a measurement is due, where there is one. */
  isEvaluationDue(step: number): boolean;
}

/** Steps between two measurements. */
function evaluationInterval(config: TrainConfig, stepsPerEpoch: number): number {
  if (config.kind !== 'segmentation') return stepsPerEpoch;
  const { everyEpochs, everySteps } = config.evaluation;
  return everySteps ?? everyEpochs * stepsPerEpoch;
}

/**
 * Plans a run.
 *
 * @param batchesPerEpoch full batches that the loader delivers
 * @param lrScales factors of the base rate (layer decay)
 * @throws UserError when an epoch has too few batches for one step
 */
export function planRun(config: TrainConfig, batchesPerEpoch: number, lrScales: readonly number[] = [1]): Plan {
  const { epochs, batchSize, accumulationSteps, checkpoint } = config;
  const stepsPerEpoch = Math.floor(batchesPerEpoch / accumulationSteps);
  if (stepsPerEpoch === 0) {
    throw new UserError(
      `accumulationSteps: must be at most the batches of an epoch (${batchesPerEpoch}), got ${accumulationSteps}. ` +
        'Use more data, smaller batches or --set accumulationSteps=1.',
    );
  }
  const ownSteps = config.kind === 'segmentation' ? { steps: config.steps, warmup: config.schedule.warmupSteps } : {};
  const totalSteps = ownSteps.steps ?? epochs * stepsPerEpoch;
  const interval = evaluationInterval(config, stepsPerEpoch);
  const scale = (rate: number) => scaleLearningRate(rate, batchSize * accumulationSteps);
  const iterations = (length: number) => Math.floor(length * batchesPerEpoch);
  const schedule: Schedule = {
    name: config.schedule.name,
    baseLr: scale(config.schedule.baseLr),
    warmupLr: scale(config.schedule.warmupLr),
    minLr: scale(config.schedule.minLr),
    totalIterations: ownSteps.steps ? ownSteps.steps * accumulationSteps : iterations(epochs),
    warmupIterations:
      typeof ownSteps.warmup === 'number'
        ? ownSteps.warmup * accumulationSteps
        : iterations(config.schedule.warmupEpochs),
    decayIterations: iterations(config.schedule.decayEpochs),
    milestones: config.schedule.milestones.map(iterations),
    power: config.schedule.power,
  };
  const position = (step: number): Position => ({
    epoch: Math.floor(step / stepsPerEpoch),
    batch: (step % stepsPerEpoch) * accumulationSteps,
  });
  return {
    ...{ batchesPerEpoch, stepsPerEpoch, totalSteps, schedule, position },
    learningRates(step) {
      const { epoch, batch } = position(step);
      // The last of the step's batches: the one after which the optimiser moves.
      // A run of so many steps does not count the batches that are left over at the end of an epoch.
      const before = ownSteps.steps ? step * accumulationSteps : epoch * batchesPerEpoch + batch;
      const iteration = before + accumulationSteps - 1;
      return lrScales.map((scale) => scaledRateAt(schedule, scale, iteration, accumulationSteps));
    },
    isCheckpointDue: (step) =>
      step === totalSteps ||
      step % (checkpoint.everyEpochs * stepsPerEpoch) === 0 ||
      (checkpoint.everySteps > 0 && step % checkpoint.everySteps === 0),
    isEvaluationDue: (step) => step === totalSteps || step % interval === 0,
  };
}
