import { UserError } from '@mfm/cli';
import {
  buildClassifier,
  buildEncoder,
  buildPretext,
  buildSegmenter,
  type Classifier,
  type ClassifierConfig,
  type EncoderModelConfig,
  modelTensors,
  type PretextConfig,
  type PretextModel,
  type Segmenter,
  type SegmenterConfig,
  type Tensors,
} from '@mfm/models';
import type { PretrainConfig } from '@mfm/train';
import type { Tensor4D } from '@tensorflow/tfjs-core';

/** Any model that can be exported: with `task` a pretext model, with `upernet` a segmenter, with `numClasses` a classifier, else an encoder alone. */
export type ModelConfig = PretextConfig | ClassifierConfig | SegmenterConfig | EncoderModelConfig;

/** AdamW's settings, weight decay and clipping, as a pre-training configuration has them; checked where they are used. */
export type OptimiserSettings = Partial<PretrainConfig['optimiser']>;

type BlockFeatures = (parameters: Tensors, images: Tensor4D, blocks?: number) => Tensors;

/** A model as heads see it. */
export interface BuiltModel {
  readonly config: ModelConfig;
  /** Its tensors in PyTorch's state dict: parameters, and buffers that follow from the configuration. */
  readonly tensors: ReturnType<typeof modelTensors>;
  /** @param images float32 [N, 3, H, W], normalised */
  features(parameters: Tensors, images: Tensor4D): Tensors;
  readonly pretext?: PretextModel;
  readonly classifier?: Classifier;
  readonly segmenter?: Segmenter;
  /** What it was trained with, for heads that train; default: the official pre-training's. */
  readonly optimiser?: OptimiserSettings | undefined;
  /** Last blocks of a ViT whose tokens are among its features. */
  readonly featureBlocks?: number | undefined;
}

/** @throws UserError when the model is no ViT of at least so many blocks */
function requireBlocks({ encoder, ...config }: ModelConfig, blocks: number): void {
  if ('upernet' in config || encoder.type !== 'vit') {
    throw new UserError(
      '--blocks: is for the features of a ViT, this model has none. Leave it out: a CNN has its stages.',
    );
  }
  if (Number.isInteger(blocks) && blocks >= 1 && blocks <= encoder.depth) return;
  throw new UserError(`--blocks: must be from 1 to the model's ${encoder.depth} blocks, got ${blocks}.`);
}

/**
 * Builds a model of whatever kind its configuration is.
 *
 * @param optimiser what a head that trains trains with; default: as the official pre-training
 * @param featureBlocks last blocks of a ViT whose tokens are among its features; default none
 * @throws UserError when the configuration does not fit together
 */
export function buildModel(
  config: ModelConfig,
  optimiser?: OptimiserSettings | undefined,
  featureBlocks?: number | undefined,
): BuiltModel {
  if (featureBlocks !== undefined) requireBlocks(config, featureBlocks);
  const base = { config, tensors: modelTensors(config), optimiser, featureBlocks };
  const withBlocks =
    (features: BlockFeatures): BuiltModel['features'] =>
    (parameters, images) =>
      features(parameters, images, featureBlocks);
  if ('task' in config) {
    const pretext = buildPretext(config);
    return { ...base, features: withBlocks(pretext.features), pretext };
  }
  if ('upernet' in config) {
    const segmenter = buildSegmenter(config);
    return { ...base, features: segmenter.features, segmenter };
  }
  if ('numClasses' in config) {
    const classifier = buildClassifier(config);
    return { ...base, features: withBlocks(classifier.features), classifier };
  }
  const { imageSize } = config;
  const { features } = buildEncoder(config.encoder, { imageSize, prefix: '', purpose: 'finetune' });
  return { ...base, features: withBlocks(features) };
}
