import { z } from 'zod';
import { encoderSchema } from './encoder-schema.ts';
import { normalisation } from './normalisation-schema.ts';
import { dataFields, optimiserFields, runFields, scheduleFields } from './run-schema.ts';

const positiveInteger = z.int().positive();
const fraction = z.number().min(0).max(1);

const upernet = z.strictObject({
  /** Width of the head. */
  channels: positiveInteger.default(512),
  /** Cells per side of the pooled maps. */
  poolScales: z.array(positiveInteger).min(1).default([1, 2, 3, 6]),
  auxiliaryChannels: positiveInteger.default(256),
  /** Share of channels left out before each head's last layer. */
  dropout: z.number().min(0).lt(1).default(0.1),
});

const model = z.strictObject({
  /** Side of the crop that is trained on, and of the windows that are predicted. */
  imageSize: positiveInteger,
  encoder: encoderSchema,
  upernet: upernet.prefault({}),
  /** Without them, the classes and colours of the training data. */
  numClasses: positiveInteger.optional(),
  classes: z.array(z.string()).optional(),
  palette: z.array(z.tuple([z.int(), z.int(), z.int()])).optional(),
  dropPathRate: z.number().min(0).lt(1).default(0.1),
  ...normalisation,
});

/** Where the encoder's weights come from. */
const pretrained = z.strictObject({
  /** A checkpoint or run directory of this project, or a PyTorch file; null trains from scratch. */
  checkpoint: z.string().min(1).nullable().default(null),
  /** Resizes a position embedding of another grid: crops are larger than the images of pre-training. */
  resizePositionEmbedding: z.boolean().default(true),
});

const data = z.strictObject({
  ...dataFields,
  /** Label 0 is no class and class k is label k + 1; default: as the kind of data has it. */
  reduceZeroLabel: z.boolean().optional(),
  /** Images are first scaled, keeping their ratio, until a side is as long as this; null: they keep their size. */
  fit: z.strictObject({ short: positiveInteger, long: positiveInteger }).nullable().default(null),
  /** Range of the random factor of that size. */
  ratioRange: z.tuple([z.number().positive(), z.number().positive()]).default([0.5, 2]),
  /** Largest share of a crop that one class may fill, as far as ten more draws avail. */
  catMaxRatio: fraction.default(0.75),
  /** Random brightness, contrast, saturation and hue. */
  photometric: z.boolean().default(true),
  /** Images to measure mIoU on: a path, a split of it, how many. Default: all of the split `val` or `test` of `path`. */
  validation: z
    .strictObject({
      path: z.string().min(1).optional(),
      split: z.string().optional(),
      images: positiveInteger.optional(),
    })
    .prefault({}),
});

/** Everything that decides the training of a segmenter. Defaults are those of BEiT's UperNet on ADE20K. */
export const segmentationSchema = z.strictObject({
  kind: z.literal('segmentation'),
  ...runFields,
  /** Optimiser steps of the whole run, instead of `epochs`; null for whole epochs. */
  steps: positiveInteger.nullable().default(null),
  model,
  pretrained: pretrained.prefault({}),
  data,
  loss: z
    .strictObject({
      /** Weight of the auxiliary head's loss. */
      auxiliaryWeight: z.number().nonnegative().default(0.4),
      /** The mean over pixels is over all of them, as in mmsegmentation, or over those that have a class. */
      mean: z.enum(['all', 'labelled']).default('all'),
    })
    .prefault({}),
  /** When and how mIoU is measured: with sliding windows of the crop's size. Always at the end. */
  evaluation: z
    .strictObject({
      everyEpochs: positiveInteger.default(1),
      /** Every so many optimiser steps instead; null for not. */
      everySteps: positiveInteger.nullable().default(null),
      /** Pixels from a window to the next; null for two thirds of the crop (341 of 512). */
      stride: positiveInteger.nullable().default(null),
    })
    .prefault({}),
  optimiser: z
    .strictObject({
      ...optimiserFields,
      betas: z.tuple([fraction, fraction]).default([0.9, 0.999]),
      /** Largest norm of the whole gradient; null for none. */
      clipGrad: z.number().positive().nullable().default(null),
      /** Multiplies the learning rate from each layer of the encoder to the one below it; 1 for one rate. */
      layerDecay: z.number().positive().max(1).default(0.9),
      /** Decay of a moving average of the weights, which is then evaluated too; null for none. */
      emaDecay: z.number().gt(0).lt(1).nullable().default(null),
    })
    .prefault({}),
  schedule: z.strictObject({
    ...scheduleFields,
    name: scheduleFields.name.removeDefault().default('poly'),
    minLr: z.number().nonnegative().default(0),
    /** Optimiser steps of the warm-up, instead of `warmupEpochs`; null for those. */
    warmupSteps: z.int().nonnegative().nullable().default(null),
  }),
});

/** A resolved configuration. */
export type SegmentationConfig = z.output<typeof segmentationSchema>;

/** A configuration as it is written down: what has a default may be left out. */
export type SegmentationConfigInput = z.input<typeof segmentationSchema>;
