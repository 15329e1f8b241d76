import type { PretextTask } from '@mfm/models';
import { z } from 'zod';

const positiveInteger = z.int().positive();
const fraction = z.number().min(0).max(1);
const positiveRange = z.tuple([z.number().positive(), z.number().positive()]);

const loss = z.strictObject({
  gamma: z.number().positive().default(1),
  withMatrix: z.boolean().default(false),
  matrixGamma: z.number().positive().default(1),
  logMatrix: z.boolean().default(false),
  batchMatrix: z.boolean().default(false),
  patchFactor: positiveInteger.default(1),
  aveSpectrum: z.boolean().default(false),
  /** An extension: the mean over images of each image's mean over its masked bins. */
  perSampleMean: z.boolean().default(false),
});

const mfm = z.strictObject({
  filter: z.literal('mfm'),
  /** Radius of the low-pass disc on the centred spectrum, in frequency bins. */
  maskRadius1: z.number().positive(),
  /** Outer radius of the masked ring; 999, beyond every spectrum in use, masks all above `maskRadius1`. */
  maskRadius2: z.number().positive().default(999),
  /** Probability of the low-pass mask; its complement is drawn otherwise. */
  sampleRatio: fraction.default(0.5),
  /** An extension: `scattered` masks frequencies at random, `scatteredRatio` of them. */
  maskShape: z.enum(['radius', 'scattered']).default('radius'),
  scatteredRatio: z.number().gt(0).lt(1).default(0.5),
  target: z.enum(['masked', 'normal']).default('masked'),
  loss: loss.prefault({}),
});

/** The tasks without a mask have one target. */
const unmasked = { target: z.literal('normal').default('normal'), loss: loss.prefault({}) };

const superResolution = z.strictObject({ filter: z.literal('sr'), factor: z.int().min(2).default(8), ...unmasked });

const KERNELS = [
  ...['iso', 'aniso', 'generalized_iso', 'generalized_aniso'],
  ...['plateau_iso', 'plateau_aniso', 'sinc'],
] as ['iso', 'aniso', 'generalized_iso', 'generalized_aniso', 'plateau_iso', 'plateau_aniso', 'sinc'];

const deblur = z.strictObject({
  filter: z.literal('deblur'),
  kernelSize: z
    .array(positiveInteger.refine((side) => side % 2 === 1, 'must be odd'))
    .min(1)
    .default([7, 9, 11, 13, 15, 17, 19, 21]),
  kernelList: z.array(z.enum(KERNELS)).min(1).default(KERNELS),
  kernelProb: z.array(z.number().nonnegative()).min(1).default([0.405, 0.225, 0.108, 0.027, 0.108, 0.027, 0.1]),
  sigmaX: positiveRange.default([0.2, 3]),
  sigmaY: positiveRange.default([0.2, 3]),
  // biome-ignore lint/suspicious/noApproximativeNumericConstant: the official configuration's number.
  rotateAngle: z.tuple([z.number(), z.number()]).default([-3.1416, 3.1416]),
  betaGaussian: positiveRange.default([0.5, 4]),
  betaPlateau: positiveRange.default([1, 2]),
  ...unmasked,
});

const denoise = z.strictObject({
  filter: z.literal('denoise'),
  noise: z
    .array(z.enum(['gaussian', 'poisson']))
    .min(1)
    .default(['gaussian', 'poisson']),
  noiseProb: z.array(z.number().nonnegative()).min(1).default([0.5, 0.5]),
  gaussianSigma: positiveRange.default([1, 30]),
  gaussianGrayProb: fraction.default(0.4),
  poissonScale: positiveRange.default([0.05, 3]),
  poissonGrayProb: fraction.default(0.4),
  ...unmasked,
});

/** The pretext task's part of the configuration; defaults are the official ones. */
export const taskSchema = z.discriminatedUnion('filter', [
  mfm,
  superResolution,
  deblur,
  denoise,
]) satisfies z.ZodType<PretextTask>;
