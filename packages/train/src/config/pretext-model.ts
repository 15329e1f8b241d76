import type { PretextConfig } from '@mfm/models';
import { z } from 'zod';
import { encoderSchema } from './encoder-schema.ts';
import { normalisation } from './normalisation-schema.ts';
import { taskSchema } from './task-schema.ts';

const positiveInteger = z.int().positive();

const decoder = z.strictObject({
  /** Transformer blocks, for a ViT; 0 is one linear layer. */
  depth: z.int().nonnegative().default(0),
  embedDim: positiveInteger.default(512),
  numHeads: positiveInteger.default(16),
});

/** The model's part of a pre-training configuration: `buildPretext` takes it as it is, and checks what its values have to do with each other. */
export const pretextModelSchema = z.strictObject({
  imageSize: positiveInteger,
  encoder: encoderSchema,
  decoder: decoder.prefault({}),
  task: taskSchema,
  ...normalisation,
}) satisfies z.ZodType<PretextConfig>;
