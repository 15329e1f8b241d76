import type { MfmConfig } from '@mfm/models';
import { z } from 'zod';

const positiveInteger = z.int().positive();
const perChannel = z.tuple([z.number(), z.number(), z.number()]);

/** Means and standard deviations of ImageNet's channels in [0, 1], which the official code uses for every data set. */
const IMAGENET_MEAN = [0.485, 0.456, 0.406] as const;
const IMAGENET_STD = [0.229, 0.224, 0.225] as const;

const vit = z.strictObject({
  type: z.literal('vit').default('vit'),
  patchSize: positiveInteger,
  embedDim: positiveInteger,
  depth: positiveInteger,
  numHeads: positiveInteger,
  mlpRatio: z.number().positive().default(4),
  qkvBias: z.boolean().default(true),
  positionEmbedding: z.enum(['learnt', 'sincos', 'none']).default('learnt'),
  /** Initial value of layer scale; null for none. */
  initValues: z.number().nullable().default(null),
  relativePositionBias: z.enum(['none', 'block', 'shared']).default('none'),
});

const loss = z.strictObject({
  gamma: z.number().positive().default(1),
  withMatrix: z.boolean().default(false),
  matrixGamma: z.number().positive().default(1),
  logMatrix: z.boolean().default(false),
  batchMatrix: z.boolean().default(false),
  patchFactor: positiveInteger.default(1),
  aveSpectrum: z.boolean().default(false),
});

const task = z.strictObject({
  filter: z.literal('mfm').default('mfm'),
  /** Radius of the low-pass disc on the centred spectrum, in frequency bins. */
  maskRadius1: z.number().positive(),
  /** Outer radius of the masked ring; 999, beyond every spectrum in use, masks all above `maskRadius1`. */
  maskRadius2: z.number().positive().default(999),
  /** Probability of the low-pass mask; its complement is drawn otherwise. */
  sampleRatio: z.number().min(0).max(1).default(0.5),
  target: z.enum(['masked', 'normal']).default('masked'),
  loss: loss.prefault({}),
});

/** The model's part of the configuration: `buildMfm` takes it as it is, and checks what its values have to do with each other. */
export const modelSchema = z.strictObject({
  imageSize: positiveInteger,
  encoder: vit,
  task,
  mean: perChannel.default([...IMAGENET_MEAN]),
  std: perChannel.default([...IMAGENET_STD]),
}) satisfies z.ZodType<MfmConfig>;
