import type * as tf from '@tensorflow/tfjs-core';
import type { Encoder, ForwardContext } from '../encoder/encoder.ts';
import { buildEncoder } from '../encoder/encoder-table.ts';
import type { ParameterSpec } from '../parameters/parameter-spec.ts';
import type { Tensors } from '../parameters/tensors.ts';
import { linear } from '../vit/linear.ts';
import { type ClassifierConfig, checkClassifierConfig } from './classifier-config.ts';
import { headName, headParameters } from './head.ts';

/** Functions over named parameters (names and layouts of the official fine-tuning code and timm). None reads a value, so that all can be traced. */
export interface Classifier {
  readonly config: ClassifierConfig;
  readonly encoder: Encoder;
  readonly parameters: ParameterSpec[];
  /**
   * @param images float32 [N, 3, H, W], normalised
   * @returns float32 [N, K]
   */
  logits(parameters: Tensors, images: tf.Tensor4D, context: ForwardContext): tf.Tensor2D;
  /**
   * The encoder's features, as in evaluation.
   *
   * @param images float32 [N, 3, H, W], normalised
   */
  features(parameters: Tensors, images: tf.Tensor4D, blocks?: number): Tensors;
}

/**
 * Builds a classifier: an encoder as the official code fine-tunes it, and one linear layer on what it pools.
 *
 * @throws UserError when the configuration does not fit together
 */
export function buildClassifier(config: ClassifierConfig): Classifier {
  checkClassifierConfig(config);
  const { imageSize, dropPathRate, numClasses } = config;
  const { type } = config.encoder;
  const encoder = buildEncoder(config.encoder, { imageSize, prefix: '', purpose: 'finetune', dropPathRate });
  return {
    config,
    encoder,
    parameters: [...encoder.parameters, ...headParameters(type, encoder.embedDim, numClasses)],
    logits: (parameters, images, context) =>
      linear(encoder.pooled(parameters, images, context), parameters, headName(type)),
    features: encoder.features,
  };
}
