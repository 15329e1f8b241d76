import { z } from 'zod';
import { pretextModelSchema } from './pretext-model.ts';
import { cropRange, dataFields, optimiserFields, runFields, scheduleFields } from './run-schema.ts';

const fraction = z.number().min(0).max(1);

/** AdamW as the official pre-training has it. */
export const pretrainOptimiserSchema = z.strictObject({
  ...optimiserFields,
  betas: z.tuple([fraction, fraction]).default([0.9, 0.95]),
  /** Largest norm of the whole gradient; null for none. */
  clipGrad: z.number().positive().nullable().default(3),
});

/** Everything that decides a pre-training run; `config.json` of the run directory holds it, resolved. Unknown keys are errors. */
export const pretrainSchema = z.strictObject({
  kind: z.literal('pretrain').default('pretrain'),
  ...runFields,
  model: pretextModelSchema,
  data: z.strictObject({ ...dataFields, cropScale: cropRange.default([0.2, 1]) }),
  optimiser: pretrainOptimiserSchema.prefault({}),
  schedule: z.strictObject({ ...scheduleFields, minLr: z.number().nonnegative().default(2.5e-6) }),
});

/** A resolved pre-training configuration. */
export type PretrainConfig = z.output<typeof pretrainSchema>;

/** A pre-training configuration as it is written down: what has a default may be left out. */
export type PretrainConfigInput = z.input<typeof pretrainSchema>;
