import { UserError } from '@mfm/cli';
import type { TrainConfig } from '../config/train-config.ts';

/**
 * What each of several processes makes of every batch: its images, and the processes that take batch statistics together.
 *
 * @throws UserError when they cannot share the batch equally
 */
export function shareOfBatch(
  { batchSize, distributed }: TrainConfig,
  ranks: number,
): { batchSize: number; replicas: number } {
  if (batchSize % ranks !== 0) {
    throw new UserError(
      `batchSize: must be a multiple of the ranks (${ranks}), which share every batch equally, got ${batchSize}. ` +
        `Use --batch-size ${Math.ceil(batchSize / ranks) * ranks}, or another number of ranks.`,
    );
  }
  return { batchSize: batchSize / ranks, replicas: distributed.syncBatchNorm ? ranks : 1 };
}
