/** How the learning rate moves over a run, in micro-iterations (batches), as the official code counts. */
export interface Schedule {
  name: ScheduleName;
  /** Rate after the warm-up; `scaleLearningRate` has been applied to it and the two below. */
  baseLr: number;
  /** Rate at iteration 0 of the warm-up. */
  warmupLr: number;
  /** Lowest rate of the cosine. */
  minLr: number;
  /** Length of the run in iterations. */
  totalIterations: number;
  /** Iterations of linear warm-up; 0 for none. */
  warmupIterations: number;
  /** `step`: iterations between two falls to a tenth. */
  decayIterations: number;
  /** `multistep`: iterations at which the rate falls to a tenth, ascending. */
  milestones: readonly number[];
}

/** Names of the schedules. */
export type ScheduleName = 'cosine' | 'linear' | 'step' | 'multistep';

/** What every fall of `step` and `multistep` multiplies the rate with. */
const DECAY_RATE = 0.1;

/** The linear schedule ends at this part of the base rate. */
const LINEAR_END = 0.01;

/** Rate at iteration t after the warm-up. A new schedule is a new row here. */
const SCHEDULES: Record<ScheduleName, (schedule: Schedule, t: number) => number> = {
  // Over ALL iterations, the warm-up not subtracted: a small jump where the warm-up ends.
  cosine: ({ baseLr, minLr, totalIterations }, t) =>
    t >= totalIterations ? minLr : minLr + 0.5 * (baseLr - minLr) * (1 + Math.cos((Math.PI * t) / totalIterations)),
  // Over the iterations after the warm-up, and not held at the end.
  linear: ({ baseLr, totalIterations, warmupIterations }, t) =>
    baseLr - (baseLr - baseLr * LINEAR_END) * ((t - warmupIterations) / (totalIterations - warmupIterations)),
  step: ({ baseLr, decayIterations }, t) => baseLr * DECAY_RATE ** Math.floor(t / decayIterations),
  multistep: ({ baseLr, milestones }, t) =>
    baseLr * DECAY_RATE ** milestones.filter((milestone) => milestone <= t).length,
};

/** Names of the schedules, for messages and the configuration's schema. */
export const SCHEDULE_NAMES = Object.keys(SCHEDULES) as readonly ScheduleName[];

/**
 * The value that update `t` sets (`scheduler.step_update(t)` of timm 0.4.12 and of the official linear schedule).
 *
 * @param t number of an iteration, from 0
 */
export function scheduleValue(schedule: Schedule, t: number): number {
  const { baseLr, warmupLr, warmupIterations, name } = schedule;
  if (t < warmupIterations) return warmupLr + t * ((baseLr - warmupLr) / warmupIterations);
  return SCHEDULES[name](schedule, t);
}

/**
 * The rate in force when the optimiser steps in iteration `iteration`. The official loop sets the rate after the step, by the
 * number of the iteration just finished: without accumulation, iterations 0 and 1 both use the start of the warm-up.
 *
 * @param iteration number of the batch over the whole run, from 0
 * @param accumulationSteps batches per optimiser step; `iteration` is then the last of them
 */
export function learningRateAt(schedule: Schedule, iteration: number, accumulationSteps = 1): number {
  return scheduleValue(schedule, Math.max(0, iteration - accumulationSteps));
}

/** Images per optimiser step to which the rates of a configuration refer. */
const REFERENCE_BATCH = 512;

/**
 * Linear scaling rule of the official code, for base, warm-up and minimum rate alike.
 *
 * @param perReference rate per 512 images
 * @param imagesPerStep batch size × accumulation steps
 */
export function scaleLearningRate(perReference: number, imagesPerStep: number): number {
  return (perReference * imagesPerStep) / REFERENCE_BATCH;
}
