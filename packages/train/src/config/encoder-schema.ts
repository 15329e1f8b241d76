import type { EncoderConfig } from '@mfm/models';
import { z } from 'zod';

const positiveInteger = z.int().positive();

const vit = z.strictObject({
  type: z.literal('vit'),
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
  /** Fine-tuning only: classify the normalised mean of the patch tokens, or the class token. */
  meanPooling: z.boolean().default(true),
});

const resnet = z.strictObject({
  type: z.literal('resnet'),
  block: z.enum(['basic', 'bottleneck']).default('bottleneck'),
  layers: z.array(positiveInteger).length(4),
  channels: z.array(positiveInteger).length(4).default([64, 128, 256, 512]),
  stem: positiveInteger.default(64),
});

const swin = z.strictObject({
  type: z.literal('swin'),
  patchSize: positiveInteger.default(4),
  embedDim: positiveInteger,
  depths: z.array(positiveInteger).min(1),
  numHeads: z.array(positiveInteger).min(1),
  windowSize: positiveInteger.default(7),
  mlpRatio: z.number().positive().default(4),
  qkvBias: z.boolean().default(true),
  absolutePositionEmbedding: z.boolean().default(false),
  patchNorm: z.boolean().default(true),
});

/** An encoder's part of the configuration. */
export const encoderSchema = z.discriminatedUnion('type', [vit, resnet, swin]) satisfies z.ZodType<EncoderConfig>;
