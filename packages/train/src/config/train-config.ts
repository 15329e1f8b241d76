import { type FinetuneConfig, type FinetuneConfigInput, finetuneSchema } from './finetune-config.ts';
import { type PretrainConfig, type PretrainConfigInput, pretrainSchema } from './pretrain-config.ts';
import { type SegmentationConfig, type SegmentationConfigInput, segmentationSchema } from './segmentation-config.ts';

/** A resolved configuration of any kind of training. */
export type TrainConfig = PretrainConfig | FinetuneConfig | SegmentationConfig;

/** A configuration as it is written down. */
export type TrainConfigInput = PretrainConfigInput | FinetuneConfigInput | SegmentationConfigInput;

/** The schema of each kind of training. */
export const SCHEMAS = {
  pretrain: pretrainSchema,
  finetune: finetuneSchema,
  segmentation: segmentationSchema,
} as const;

export type TrainKind = keyof typeof SCHEMAS;
