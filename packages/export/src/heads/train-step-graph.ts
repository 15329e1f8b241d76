import { isDecayed, type PretextModel, type Tensors } from '@mfm/models';
import { buildPretrainStep, parsePretrainOptimiser, singleRate, type TrainStep } from '@mfm/train';
import type { Scalar, Tensor, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import type { BuiltModel } from '../built-model.ts';
import type { HeadGraph, HeadInput } from './head.ts';
import { imageAndMask } from './image-input.ts';

/** Before the name of each state input in the output that holds its new value. */
const NEXT = 'next.';

/** A step's prefixes of state keys (`param/<name>`) and those of our checkpoints' tensors. */
const PREFIXES: Readonly<Record<string, string>> = {
  'param/': 'model.',
  'exp_avg/': 'optimizer.exp_avg.',
  'exp_avg_sq/': 'optimizer.exp_avg_sq.',
};

/** The name in the file of a tensor of the step's state. */
function fileName(key: string): string {
  const prefix = Object.keys(PREFIXES).find((known) => key.startsWith(known))!;
  return `${PREFIXES[prefix]}${key.slice(prefix.length)}`;
}

/** What the model was trained with, with the official values for what is not known. */
const settingsOf = ({ optimiser = {} }: BuiltModel) => parsePretrainOptimiser(optimiser, 'optimiser');

/** The step that `pnpm train` makes, of images instead of pixels. */
function stepOf(model: BuiltModel, batchSize: number, copies?: number): TrainStep {
  const optimiser = settingsOf(model);
  return buildPretrainStep({
    ...{ model: model.pretext as PretextModel, batchSize, accumulationSteps: 1, copies, input: 'image' },
    optimiser: { ...optimiser, clipGrad: optimiser.clipGrad ?? Number.POSITIVE_INFINITY, group: singleRate(isDecayed) },
  });
}

/** The keys of what training changes: all of the state but tables that follow from the configuration. */
function changedKeys({ pretext }: BuiltModel, step: TrainStep): string[] {
  const tables = (pretext as PretextModel).parameters.filter(({ trainable, statistic }) => !trainable && !statistic);
  const fixed = new Set(tables.map(({ name }) => `param/${name}`));
  return Object.keys(step.state).filter((key) => !fixed.has(key));
}

/** Values that a statistic of a batch must be over, for its gradient to be known to single precision. */
const STATISTIC_VALUES = 16;
/** Pixels of an image for one of a ResNet's last plane, each way. */
const RESNET_STRIDE = 32;

/** The smallest divisor of a batch, but one, whose images show all that it can: the loss and batch statistics are means. */
function differentImages({ pretext, config }: BuiltModel, batch: number): number {
  const hasStatistics = (pretext as PretextModel).parameters.some(({ statistic }) => statistic);
  const needed = hasStatistics ? STATISTIC_VALUES / Math.floor(config.imageSize / RESNET_STRIDE) ** 2 : 1;
  for (let images = 2; images < batch; images++) if (batch % images === 0 && images >= needed) return images;
  return batch;
}

/** See the head `train-step`. */
export const trainStepGraph: HeadGraph = {
  inputs(model) {
    const step = stepOf(model, 1);
    const state = changedKeys(model, step).map((key): [string, HeadInput] => [
      fileName(key),
      { shape: step.state[key]!.shape, content: 'state', whole: true },
    ]);
    return {
      ...imageAndMask(model),
      lr: { shape: [], content: 'rate', whole: true },
      step: { shape: [], content: 'step', whole: true },
      ...Object.fromEntries(state),
    };
  },
  run(model, parameters, inputs, copies) {
    const image = inputs.image as Tensor4D;
    const step = stepOf(model, image.shape[0], copies);
    const state: Tensors = Object.fromEntries(
      Object.keys(step.state).map((key) => [key, inputs[fileName(key)] ?? parameters[key.slice('param/'.length)]!]),
    );
    const hyper = step.hyperTensors(inputs.step as Scalar, [inputs.lr as Scalar]);
    const { loss, gradNorm, ...next } = step.run({ ...state, ...hyper, image, mask: inputs.mask! }, 'update');
    const renamed = Object.entries(next).map(([key, tensor]): [string, Tensor] => [`${NEXT}${fileName(key)}`, tensor]);
    return { loss: loss!, grad_norm: gradNorm!, ...Object.fromEntries(renamed), ...restored(model, state, inputs) };
  },
  // First moments begin at zero in the parity check: they are the gradient, clipped, times 1 − β₁.
  gradients: { of: 'all', includes: (output) => output.startsWith(`${NEXT}${PREFIXES['exp_avg/']}`) },
  differentImages,
  metadata(model, batch) {
    const { betas, epsilon, weightDecay, clipGrad } = settingsOf(model);
    const names = changedKeys(model, stepOf(model, 1)).map(fileName);
    return {
      batch_size: JSON.stringify(batch),
      betas: JSON.stringify(betas),
      epsilon: JSON.stringify(epsilon),
      weight_decay: JSON.stringify(weightDecay),
      clip_grad: JSON.stringify(clipGrad),
      state: JSON.stringify(names),
    };
  },
};

/** What the model made of the batch before the step; the traced forward pass is the loss's own, so that this costs next to nothing. */
function restored(model: BuiltModel, state: Tensors, { image, mask }: Record<string, Tensor>): Record<string, Tensor> {
  const pretext = model.pretext as PretextModel;
  const parameters = Object.fromEntries(
    pretext.parameters.map(({ name }): [string, Tensor] => [name, state[`param/${name}`]!]),
  );
  const context = { training: true, statistics: {} };
  const { corrupted, reconstruction } = pretext.reconstruct(parameters, image as Tensor4D, mask as Tensor3D, context);
  return { corrupted, reconstruction: pretext.denormalise(reconstruction) };
}
