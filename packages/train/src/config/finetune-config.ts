import { z } from 'zod';
import { encoderSchema } from './encoder-schema.ts';
import { normalisation } from './normalisation-schema.ts';
import { cropRange, dataFields, optimiserFields, runFields, scheduleFields } from './run-schema.ts';

const positiveInteger = z.int().positive();
const fraction = z.number().min(0).max(1);

const model = z.strictObject({
  imageSize: positiveInteger,
  encoder: encoderSchema,
  /** Without it, the classes of the training data. */
  numClasses: positiveInteger.optional(),
  /** Their names. Without them, those of the training data, where these are all. */
  classes: z.array(z.string()).optional(),
  dropPathRate: z.number().min(0).lt(1).default(0.1),
  ...normalisation,
});

/** Where the encoder's weights come from. */
const pretrained = z.strictObject({
  /** A checkpoint or run directory of this project, or a PyTorch file; null trains from scratch. */
  checkpoint: z.string().min(1).nullable().default(null),
  /** Resizes a position embedding of another grid, where the official code fails. */
  resizePositionEmbedding: z.boolean().default(false),
});

const data = z.strictObject({
  ...dataFields,
  cropScale: cropRange.default([0.08, 1]),
  /**
   * Border in pixels of a crop that is not resized, as is usual for CIFAR; null for the resized crop of `cropScale`. Default, as in the official
   * code: 4 up to 32 pixels, null above.
   */
  padding: z.int().nonnegative().nullable().optional(),
  /** Images to measure accuracy on: a path, and a split of it. Default: the split `test` or `val` of `path`. */
  validation: z.strictObject({ path: z.string().min(1).optional(), split: z.string().optional() }).prefault({}),
});

/** Augmentation, with the official values. */
const augmentation = z.strictObject({
  /** timm's policy string; null for none. */
  randAugment: z.string().nullable().default('rand-m9-mstd0.5-inc1'),
  /** Strength of colour jitter, used where there is no RandAugment, as in timm; 0 for none. */
  colourJitter: z.number().nonnegative().default(0),
  /** Random erasing. */
  erasing: z
    .strictObject({
      probability: fraction.default(0.25),
      mode: z.enum(['pixel', 'rand', 'const']).default('pixel'),
      count: positiveInteger.default(1),
    })
    .prefault({}),
  /** α of Beta(α, α) for mixup; 0 for none. */
  mixup: z.number().nonnegative().default(0.8),
  /** α of Beta(α, α) for cutmix; 0 for none. */
  cutmix: z.number().nonnegative().default(1),
  /** Probability that a batch is mixed at all. */
  mixProbability: fraction.default(1),
  /** Probability of cutmix where both could be. */
  switchProbability: fraction.default(0.5),
  mixMode: z.enum(['batch', 'pair', 'elem']).default('batch'),
  labelSmoothing: z.number().min(0).lt(1).default(0.1),
});

/** Everything that decides a fine-tuning run. Defaults are the official ones for a ViT. */
export const finetuneSchema = z.strictObject({
  kind: z.literal('finetune'),
  ...runFields,
  model,
  pretrained: pretrained.prefault({}),
  data,
  augmentation: augmentation.prefault({}),
  optimiser: z
    .strictObject({
      ...optimiserFields,
      betas: z.tuple([fraction, fraction]).default([0.9, 0.999]),
      /** Largest norm of the whole gradient; null for none. */
      clipGrad: z.number().positive().nullable().default(null),
      /** Multiplies the learning rate from each layer to the one below it; 1 for one rate. */
      layerDecay: z.number().positive().max(1).default(0.8),
      /** Decay of a moving average of the weights, which is then evaluated too; null for none. */
      emaDecay: z.number().gt(0).lt(1).nullable().default(null),
    })
    .prefault({}),
  schedule: z.strictObject({ ...scheduleFields, minLr: z.number().nonnegative().default(2.5e-7) }),
});

/** A resolved fine-tuning configuration. */
export type FinetuneConfig = z.output<typeof finetuneSchema>;

/** A fine-tuning configuration as it is written down: what has a default may be left out. */
export type FinetuneConfigInput = z.input<typeof finetuneSchema>;
