import { trainTransform } from '@mfm/data';
import { buildPretext, isDecayed } from '@mfm/models';
import type { PretrainConfig } from '../config/pretrain-config.ts';
import type { EngineBatch } from '../engine/engine.ts';
import { shareOfBatch } from '../loop/share-of-batch.ts';
import { initialState } from '../loop/train-state.ts';
import type { TrainingJob } from '../loop/training-job.ts';
import { singleRate } from '../step/parameter-group.ts';
import { toDegradation } from './degradation.ts';
import { createMaskDraw } from './draw-masks.ts';
import { createLossWeight } from './loss-weight.ts';
import { buildPretrainStep } from './pretrain-step.ts';

/**
 * Pre-training on a pretext task.
 *
 * @param ranks processes that share every batch
 * @throws UserError when the model's configuration does not fit together
 */
export function createPretrainJob(config: PretrainConfig, ranks: number): TrainingJob {
  const { model: modelConfig, accumulationSteps, optimiser, data, seed, distributed } = config;
  const model = buildPretext(modelConfig);
  const { imageSize, task } = modelConfig;
  const step = buildPretrainStep({
    ...{ model, accumulationSteps, ...shareOfBatch(config, ranks) },
    optimiser: { ...optimiser, clipGrad: optimiser.clipGrad ?? Number.POSITIVE_INFINITY, group: singleRate(isDecayed) },
  });
  const drawMasks = task.filter === 'mfm' ? createMaskDraw(imageSize, task, seed) : undefined;
  return {
    ...{ config, step, parameters: model.parameters },
    transform: trainTransform(imageSize, { scale: data.cropScale, flip: data.flip }),
    degradation: toDegradation(task),
    ...(distributed.lossNormalisation === 'global' && { lossWeight: createLossWeight(task, imageSize) }),
    initialState: async () => initialState(model.parameters, seed),
    prepare(epoch, { pixels, indices, degraded }): EngineBatch {
      return drawMasks ? { pixels, mask: drawMasks(epoch, indices) } : { pixels, degraded: degraded! };
    },
  };
}
