import type { Dataset } from '@mfm/data';
import type { TrainConfig } from '../config/train-config.ts';
import { createFinetuneJob } from '../finetune/finetune-job.ts';
import { createPretrainJob } from '../pretrain/pretrain-job.ts';
import type { TrainingJob } from './training-job.ts';

/**
 * The job that a configuration describes, on this training data.
 *
 * @param ranks processes that share every batch
 * @throws UserError when they do not fit together
 */
export function createJob(config: TrainConfig, dataset: Dataset, ranks = 1): TrainingJob {
  return config.kind === 'pretrain' ? createPretrainJob(config, ranks) : createFinetuneJob(config, dataset, ranks);
}
