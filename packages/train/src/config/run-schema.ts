import { z } from 'zod';
import { SCHEDULE_NAMES } from '../schedule/schedule.ts';

const positiveInteger = z.int().positive();
const fraction = z.number().min(0).max(1);

/** Training data, whatever is trained. */
export const dataFields = {
  /** What `openDataset` takes: a path, `synthetic` or `synthetic:<n>`. */
  path: z.string().min(1),
  split: z.string().optional(),
  /** Trains on so many images only, chosen by the seed; without it on all. */
  images: z.int().positive().optional(),
  /** Reads WebDataset shards from beginning to end through shuffle buffers, instead of listing all images. Another order of images. */
  stream: z.boolean().optional(),
  /** Probability of a horizontal flip. */
  flip: fraction.default(0.5),
  /** Loader threads; without it the loader chooses. Never changes what is learnt. */
  workers: z.int().nonnegative().optional(),
  /** Leaves undecodable images out instead of stopping. */
  skipBad: z.boolean().default(false),
};

/** AdamW (Loshchilov and Hutter 2019). */
export const optimiserFields = {
  epsilon: z.number().positive().default(1e-8),
  weightDecay: z.number().nonnegative().default(0.05),
};

/** Rates are per 512 images; × batchSize × accumulationSteps / 512 they become the rates in force. */
export const scheduleFields = {
  name: z.enum(SCHEDULE_NAMES).default('cosine'),
  baseLr: z.number().positive(),
  warmupLr: z.number().nonnegative().default(2.5e-7),
  warmupEpochs: z.number().nonnegative().default(0),
  /** `step`: epochs between two falls. */
  decayEpochs: z.number().positive().default(30),
  /** `multistep`: epochs of the falls. */
  milestones: z.array(z.number().positive()).default([]),
  /** `poly`: how the rate falls to minLr: as the share of the run that is left, to this power. */
  power: z.number().positive().optional(),
};

const checkpoint = z.strictObject({
  everyEpochs: positiveInteger.default(1),
  /** Also within epochs, every so many optimiser steps; 0 for not. */
  everySteps: z.int().nonnegative().default(0),
  /** How many are kept; older ones are deleted. */
  keepLast: positiveInteger.default(3),
});

/** How several processes train together (mpirun, srun); without effect in one. */
const distributed = z.strictObject({
  /** Batch statistics over all ranks (torch.nn.SyncBatchNorm), not each rank's own. */
  syncBatchNorm: z.boolean().default(false),
  /**
   * `global`: the loss is a mean over the whole batch, so that the number of ranks changes nothing. `ddp`: the mean of the ranks' means, as
   * torch's DistributedDataParallel gives it; another value where ranks have masked different numbers of frequencies.
   */
  lossNormalisation: z.enum(['global', 'ddp']).default('global'),
  /** Most megabytes of gradients that are summed up at once. */
  bucketMegabytes: z.number().positive().default(25),
  /** Parts of the backward pass whose gradients are summed up while the next part computes; 1 for none. */
  overlapStages: positiveInteger.default(1),
});

/** What every run has, whatever is trained. */
export const runFields = {
  /** The preset it began from, for the reader; decides nothing. */
  preset: z.string().optional(),
  epochs: positiveInteger,
  /** Images per forward and backward pass, of all ranks together. */
  batchSize: positiveInteger,
  /** Batches whose gradients are summed up for one optimiser step. */
  accumulationSteps: positiveInteger.default(1),
  /** Keys initialisation, order, crops, masks and every other draw. */
  seed: z.int().nonnegative().default(0),
  engine: z.enum(['onnxruntime', 'tensorflow', 'tfjs']).default('onnxruntime'),
  /**
   * `cpu`, `webgpu`, `cuda`, `cuda:<n>`; for the tfjs engine a TensorFlow.js backend: `tensorflow`, `wasm`, `cpu`.
   * `auto` is the CPU, for the tfjs engine the first of its backends that is there, and all that the tensorflow engine takes.
   */
  device: z.string().min(1).default('auto'),
  /** Threads of the engine; without it, one per core. */
  threads: positiveInteger.optional(),
  distributed: distributed.prefault({}),
  checkpoint: checkpoint.prefault({}),
  /** Steps between two lines of metrics. */
  metricsEverySteps: positiveInteger.default(1),
};

/** Area of a random crop as a part of the image's: smallest and largest. */
export const cropRange = z.tuple([fraction, fraction]);
