import type { ForwardContext, PretextModel, Tensors } from '@mfm/models';
import type { InputSpec } from '@mfm/onnx';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { buildTrainStep, type LossFunction, type OptimiserOptions, type TrainStep } from '../step/train-step.ts';

/** What a step's batch holds beside the corruption's tensor: `pixels` uint8 as the loader delivers them, or `image`s in [0, 1]. */
export type PretrainInput = 'pixels' | 'image';

export interface PretrainStepOptions {
  readonly model: PretextModel;
  readonly batchSize: number;
  readonly optimiser: OptimiserOptions;
  readonly accumulationSteps: number;
  /** Default `pixels`. */
  readonly input?: PretrainInput | undefined;
  /** Processes that take batch statistics together; default 1: each its own. */
  readonly replicas?: number | undefined;
  /** How often every image of the batch is counted; default 1. */
  readonly copies?: number | undefined;
}

/** How batch statistics are taken. */
type Counting = Pick<ForwardContext, 'replicas' | 'copies'>;

interface Input {
  readonly loss: (model: PretextModel, counting: Counting) => LossFunction;
  readonly batch: (model: PretextModel, batchSize: number) => Record<string, InputSpec>;
}

const training = (statistics: Tensors, counting: Counting) => ({ training: true, statistics, ...counting });

const INPUTS: Readonly<Record<PretrainInput, Input>> = {
  pixels: {
    loss: (model, counting) => (values, batch, statistics) => model.loss(values, batch, training(statistics, counting)),
    batch: (model, batchSize) => model.batch(batchSize),
  },
  image: {
    loss: (model, counting) => (values, batch, statistics) =>
      model.imageLoss(values, batch.image as Tensor4D, batch[model.corruption.input]!, training(statistics, counting)),
    batch({ corruption, config: { imageSize } }, batchSize) {
      const { shape } = corruption.spec(batchSize, imageSize);
      return { image: { shape: [batchSize, 3, imageSize, imageSize] }, [corruption.input]: { shape } };
    },
  },
};

/** The training step of a pretext task. */
export function buildPretrainStep(options: PretrainStepOptions): TrainStep {
  const { model, batchSize, optimiser, accumulationSteps, input = 'pixels', replicas, copies } = options;
  const { parameters } = model;
  return buildTrainStep({
    loss: INPUTS[input].loss(model, { replicas, copies }),
    trainable: parameters.filter(({ trainable }) => trainable),
    fixed: parameters.filter(({ trainable, statistic }) => !trainable && !statistic),
    statistics: parameters.filter(({ statistic }) => statistic),
    batch: INPUTS[input].batch(model, batchSize),
    optimiser,
    accumulationSteps,
  });
}
