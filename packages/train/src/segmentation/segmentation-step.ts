import { imagesFromPixels, normalise, type PixelMean, type Segmenter } from '@mfm/models';
import type * as tf from '@tensorflow/tfjs-core';
import { buildTrainStep, type OptimiserOptions, type TrainStep } from '../step/train-step.ts';

export interface SegmentationStepOptions {
  readonly segmenter: Segmenter;
  readonly batchSize: number;
  readonly optimiser: OptimiserOptions;
  readonly accumulationSteps: number;
  /** Weight of the auxiliary head's loss. */
  readonly auxiliaryWeight: number;
  readonly mean: PixelMean;
  /** Processes that take batch statistics together; default 1: each its own. */
  readonly replicas?: number | undefined;
}

/**
 * The training step of a segmenter: cross-entropy of every pixel, of both heads. Its batch is `pixels` uint8 [N, S, S, 3], `labels` uint8 [N, S, S] (255 = no
 * class), where channels are dropped `dropout` float32 [N, channels], 1 = kept, and with drop path `dropPath` float32 [N, branches].
 */
export function buildSegmentationStep(options: SegmentationStepOptions): TrainStep {
  const { segmenter, batchSize, optimiser, accumulationSteps, auxiliaryWeight, mean, replicas } = options;
  const { parameters, encoder, config, dropoutChannels } = segmenter;
  const branches = encoder.dropPathRates.length;
  const side = config.imageSize;
  return buildTrainStep({
    loss(values, { pixels, labels, dropout, dropPath }, statistics) {
      const context = { training: true, dropPath: dropPath as tf.Tensor2D | undefined, statistics, replicas };
      const images = normalise(imagesFromPixels(pixels!), config.mean, config.std);
      const targets = { labels: labels as tf.Tensor3D, dropout: dropout as tf.Tensor2D | undefined };
      return segmenter.loss(values, images, { ...targets, auxiliaryWeight, mean }, context);
    },
    trainable: parameters.filter(({ trainable }) => trainable),
    fixed: parameters.filter(({ trainable, statistic }) => !trainable && !statistic),
    statistics: parameters.filter(({ statistic }) => statistic),
    batch: {
      pixels: { shape: [batchSize, side, side, 3], dtype: 'uint8' },
      labels: { shape: [batchSize, side, side], dtype: 'uint8' },
      ...(config.upernet.dropout > 0 && { dropout: { shape: [batchSize, dropoutChannels] } }),
      ...(branches > 0 && { dropPath: { shape: [batchSize, branches] } }),
    },
    optimiser,
    accumulationSteps,
  });
}
