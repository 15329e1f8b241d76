import { z } from 'zod';
import { SCHEDULE_NAMES } from '../schedule/schedule.ts';
import { modelSchema } from './model-config.ts';

const positiveInteger = z.int().positive();
const fraction = z.number().min(0).max(1);

const data = z.strictObject({
  /** What `openDataset` takes: a path, `synthetic` or `synthetic:<n>`. */
  path: z.string().min(1),
  split: z.string().optional(),
  /** Area of the random crop as a part of the image's: smallest and largest. */
  cropScale: z.tuple([fraction, fraction]).default([0.2, 1]),
  /** Probability of a horizontal flip. */
  flip: fraction.default(0.5),
  /** Loader threads; without it the loader chooses. Never changes what is learnt. */
  workers: z.int().nonnegative().optional(),
  /** Leaves undecodable images out instead of stopping. */
  skipBad: z.boolean().default(false),
});

/** AdamW (Loshchilov and Hutter 2019) with the values of the official pre-training. */
const optimiser = z.strictObject({
  betas: z.tuple([fraction, fraction]).default([0.9, 0.95]),
  epsilon: z.number().positive().default(1e-8),
  weightDecay: z.number().nonnegative().default(0.05),
  /** Largest norm of the whole gradient. */
  clipGrad: z.number().positive().default(3),
});

/** Rates are per 512 images; × batchSize × accumulationSteps / 512 they become the rates in force. */
const schedule = z.strictObject({
  name: z.enum(SCHEDULE_NAMES).default('cosine'),
  baseLr: z.number().positive(),
  warmupLr: z.number().nonnegative().default(2.5e-7),
  minLr: z.number().nonnegative().default(2.5e-6),
  warmupEpochs: z.number().nonnegative().default(0),
  /** `step`: epochs between two falls. */
  decayEpochs: z.number().positive().default(30),
  /** `multistep`: epochs of the falls. */
  milestones: z.array(z.number().positive()).default([]),
});

const checkpoint = z.strictObject({
  everyEpochs: positiveInteger.default(1),
  /** Also within epochs, every so many optimiser steps; 0 for not. */
  everySteps: z.int().nonnegative().default(0),
  /** How many are kept; older ones are deleted. */
  keepLast: positiveInteger.default(3),
});

/** Everything that decides a run; `config.json` of the run directory holds it, resolved. Unknown keys are errors. */
export const trainConfigSchema = z.strictObject({
  /** The preset it began from, for the reader; decides nothing. */
  preset: z.string().optional(),
  model: modelSchema,
  data,
  epochs: positiveInteger,
  /** Images per forward and backward pass. */
  batchSize: positiveInteger,
  /** Batches whose gradients are summed up for one optimiser step. */
  accumulationSteps: positiveInteger.default(1),
  optimiser: optimiser.prefault({}),
  schedule,
  /** Keys initialisation, order, crops and masks. */
  seed: z.int().nonnegative().default(0),
  engine: z.enum(['onnxruntime', 'tfjs']).default('onnxruntime'),
  /**
   * `cpu`, `webgpu`, `cuda`, `cuda:<n>`; for the tfjs engine a TensorFlow.js backend: `tensorflow`, `wasm`, `cpu`.
   * `auto` is the CPU, and for the tfjs engine the first of its backends that is there.
   */
  device: z.string().min(1).default('auto'),
  /** Threads of the engine; without it, one per core. */
  threads: positiveInteger.optional(),
  checkpoint: checkpoint.prefault({}),
  /** Steps between two lines of metrics. */
  metricsEverySteps: positiveInteger.default(1),
});

/** A resolved configuration. */
export type TrainConfig = z.output<typeof trainConfigSchema>;

/** A configuration as it is written down: what has a default may be left out. */
export type TrainConfigInput = z.input<typeof trainConfigSchema>;
