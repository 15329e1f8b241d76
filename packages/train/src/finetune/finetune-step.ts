import { type Classifier, softTargetCrossEntropy } from '@mfm/models';
import type * as tf from '@tensorflow/tfjs-core';
import { buildTrainStep, type OptimiserOptions, type TrainStep } from '../step/train-step.ts';

export interface FinetuneStepOptions {
  readonly classifier: Classifier;
  readonly batchSize: number;
  readonly optimiser: OptimiserOptions;
  readonly accumulationSteps: number;
  /** Processes that take batch statistics together; default 1: each its own. */
  readonly replicas?: number | undefined;
}

/**
 * The training step of a classifier: cross-entropy with soft targets. Its batch is `images` float32 [N, 3, H, W], normalised, `targets`
 * float32 [N, K], and with drop path `dropPath` float32 [N, branches].
 */
export function buildFinetuneStep(options: FinetuneStepOptions): TrainStep {
  const { classifier, batchSize, optimiser, accumulationSteps, replicas } = options;
  const { parameters, encoder, config } = classifier;
  const branches = encoder.dropPathRates.length;
  return buildTrainStep({
    loss(values, batch, statistics) {
      const context = { training: true, dropPath: batch.dropPath as tf.Tensor2D | undefined, statistics, replicas };
      const logits = classifier.logits(values, batch.images as tf.Tensor4D, context);
      return softTargetCrossEntropy(logits, batch.targets as tf.Tensor2D);
    },
    trainable: parameters.filter(({ trainable }) => trainable),
    fixed: parameters.filter(({ trainable, statistic }) => !trainable && !statistic),
    statistics: parameters.filter(({ statistic }) => statistic),
    batch: {
      images: { shape: [batchSize, 3, config.imageSize, config.imageSize] },
      targets: { shape: [batchSize, config.numClasses] },
      ...(branches > 0 && { dropPath: { shape: [batchSize, branches] } }),
    },
    optimiser,
    accumulationSteps,
  });
}
