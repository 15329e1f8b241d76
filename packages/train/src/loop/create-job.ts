import { type Dataset, openDataset, openSegmentationDataset, type SegmentationDataset } from '@mfm/data';
import type { TrainConfig } from '../config/train-config.ts';
import { createFinetuneJob } from '../finetune/finetune-job.ts';
import { createPretrainJob } from '../pretrain/pretrain-job.ts';
import { createSegmentationJob } from '../segmentation/segmentation-job.ts';
import type { TrainingJob } from './training-job.ts';

/** Opens the training data of a configuration: for a segmenter images with masks. */
export function openData(config: TrainConfig): Promise<Dataset> {
  const { path, split, skipBad } = config.data;
  const named = { skipBad, ...(split !== undefined && { split }) };
  if (config.kind !== 'segmentation') return openDataset(path, { ...named, imageSize: config.model.imageSize });
  const { reduceZeroLabel } = config.data;
  return openSegmentationDataset(path, { ...named, ...(reduceZeroLabel !== undefined && { reduceZeroLabel }) });
}

/** What a job must know of the images that it trains on. */
export type TrainingClasses = Pick<Dataset, 'name' | 'classes'>;

/**
 * The job that a configuration describes, on the training data that `openData` opened for it.
 *
 * @param ranks processes that share every batch
 * @throws UserError when they do not fit together
 */
export function createJob(config: TrainConfig, dataset: TrainingClasses, ranks = 1): TrainingJob {
  if (config.kind === 'pretrain') return createPretrainJob(config, ranks);
  if (config.kind === 'finetune') return createFinetuneJob(config, dataset, ranks);
  return createSegmentationJob(config, dataset as SegmentationDataset, ranks);
}
