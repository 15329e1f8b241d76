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
  /** `poly`: power of the share of the run that is left; default 1. */
  power?: number | undefined;
}

/** Names of the schedules. */
export type ScheduleName = 'cosine' | 'linear' | 'step' | 'multistep' | 'poly';

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
  // mmcv's PolyLrUpdaterHook.
  poly: ({ baseLr, minLr, totalIterations, power = 1 }, t) =>
    minLr + (baseLr - minLr) * Math.max(0, 1 - t / totalIterations) ** power,
};

/** Names of the schedules, for messages and the configuration's schema. */
export const SCHEDULE_NAMES = Object.keys(SCHEDULES) as readonly ScheduleName[];

/** Share of the base rate that the warm-up begins with. */
const warmupShare = ({ warmupLr, baseLr }: Schedule) => (baseLr === 0 ? 1 : warmupLr / baseLr);

/**
 * The value that update `t` sets (`scheduler.step_update(t)` of timm 0.4.12 and of the official linear schedule; of `poly`, mmcv's hook with linear
 * warm-up).
 *
 * @param t number of an iteration, from 0
 */
export function scheduleValue(schedule: Schedule, t: number): number {
  const { baseLr, warmupLr, warmupIterations, name } = schedule;
  // mmcv multiplies the falling rate by the warm-up, which therefore ends without a jump.
  if (name === 'poly') {
    const missing = t < warmupIterations ? (1 - t / warmupIterations) * (1 - warmupShare(schedule)) : 0;
    return SCHEDULES.poly(schedule, t) * (1 - missing);
  }
  if (t < warmupIterations) return warmupLr + t * ((baseLr - warmupLr) / warmupIterations);
  return SCHEDULES[name](schedule, t);
}

/**
 * The rate in force when the optimiser steps in iteration `iteration`. The official loop sets the rate after the step, by the
 * number of the iteration just finished: without accumulation, iterations 0 and 1 both use the start of the warm-up. mmcv sets that of `poly` before the
 * step.
 *
 * @param iteration number of the batch over the whole run, from 0
 * @param accumulationSteps batches per optimiser step; `iteration` is then the last of them
 */
export function learningRateAt(schedule: Schedule, iteration: number, accumulationSteps = 1): number {
  const before = schedule.name === 'poly' ? accumulationSteps - 1 : accumulationSteps;
  return scheduleValue(schedule, Math.max(0, iteration - before));
}

/**
 * The rate of parameters whose base rate is scaled (layer decay). Warm-up start and minimum are the same for all, as in the official code; with `poly` the
 * whole rate is scaled, as in mmcv.
 */
export function scaledRateAt(schedule: Schedule, scale: number, iteration: number, accumulationSteps = 1): number {
  if (schedule.name === 'poly') return scale * learningRateAt(schedule, iteration, accumulationSteps);
  return learningRateAt({ ...schedule, baseLr: schedule.baseLr * scale }, iteration, accumulationSteps);
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
