import { learningRateAt, type Schedule, type ScheduleName, scaleLearningRate, scheduleValue } from '@mfm/train';
import { type Outcome, relativeCheck } from '../check/check.ts';
import { TOLERANCE } from '../check/tolerances.ts';
import type { GoldenCase } from '../golden/golden-case.ts';

interface Rates {
  base_lr: number;
  warmup_lr: number;
  min_lr: number;
}

interface ScheduleCase {
  scheduler: ScheduleName;
  overrides: Record<string, unknown>;
  epochs: number;
  warmup_epochs: number;
  iters_per_epoch: number;
  batch_size_per_gpu: number;
  world_size: number;
  accumulation_steps: number;
  config_values: Rates;
  group_initial_lr: number[];
  scheduler_values: { t: number; lr: number[] }[];
  lr_used_at_iteration: { iteration: number; lr: number[] }[];
}

/** Official defaults of what a configuration may leave out. */
const DECAY_EPOCHS = 30;

/** One parameter group's schedule; layer decay multiplies the base rate alone. */
function scheduleOf(json: ScheduleCase, groupIndex: number): Schedule {
  const images = json.batch_size_per_gpu * json.world_size * json.accumulation_steps;
  const iterations = (epochs: number) => Math.floor(epochs * json.iters_per_epoch);
  const option = <T>(name: string, fallback: T) => (json.overrides[`TRAIN.LR_SCHEDULER.${name}`] as T) ?? fallback;
  const base = scaleLearningRate(json.config_values.base_lr, images);
  return {
    name: json.scheduler,
    // The last group is the head's: its rate is the base rate.
    baseLr: (base * json.group_initial_lr[groupIndex]!) / Math.max(...json.group_initial_lr),
    warmupLr: scaleLearningRate(json.config_values.warmup_lr, images),
    minLr: scaleLearningRate(json.config_values.min_lr, images),
    totalIterations: iterations(json.epochs),
    warmupIterations: iterations(json.warmup_epochs),
    decayIterations: iterations(option('DECAY_EPOCHS', DECAY_EPOCHS)),
    milestones: option<number[]>('MULTISTEPS', []).map(iterations),
  };
}

/** Kind `lr_schedule`: the value of every update listed, and the rate in force at every iteration listed, per group. */
export async function runLrSchedule(golden: GoldenCase): Promise<Outcome> {
  const json = golden.json as unknown as ScheduleCase;
  const schedules = json.group_initial_lr.map((_, index) => scheduleOf(json, index));
  const values = json.scheduler_values.map(({ t, lr }) =>
    relativeCheck(
      `update ${t}`,
      schedules.map((schedule) => scheduleValue(schedule, t)),
      lr,
      TOLERANCE.float64,
    ),
  );
  // The golden iterations are those of a loop without accumulation.
  const used = json.lr_used_at_iteration.map(({ iteration, lr }) =>
    relativeCheck(
      `iteration ${iteration}`,
      schedules.map((schedule) => learningRateAt(schedule, iteration)),
      lr,
      TOLERANCE.float64,
    ),
  );
  return { checks: [...values, ...used] };
}
