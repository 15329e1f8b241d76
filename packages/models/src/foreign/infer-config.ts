import type { HostParameters } from '../checkpoint/checkpoint.ts';
import type { ClassifierConfig } from '../classifier/classifier-config.ts';
import { headName } from '../classifier/head.ts';
import type { EncoderConfig } from '../encoder/encoder-table.ts';
import type { PerChannel } from '../pretext/normalise.ts';
import type { PretextConfig } from '../pretext/pretext-config.ts';
import type { SegmenterConfig } from '../segmentation/segmenter-config.ts';
import { type InferredEncoder, inferEncoder } from './infer-encoder.ts';
import { inferDecoder, usualTask } from './infer-pretext.ts';
import type { InferOptions } from './infer-shape.ts';
import { type OfficialConfig, toEncoderConfig, toPretextConfig } from './official-config.ts';

/** An encoder without a head, plain data. */
export type EncoderModelConfig = Pick<ClassifierConfig, 'imageSize' | 'encoder' | 'mean' | 'std'>;

/** What a file of tensors can hold: with `task` a pretext model, with `numClasses` a classifier, else an encoder alone. */
export type InferredConfig = PretextConfig | ClassifierConfig | EncoderModelConfig;

/** Any model: what a file of tensors can hold, and with `upernet` a segmenter. */
export type AnyModelConfig = InferredConfig | SegmenterConfig;

export interface ForeignOptions extends InferOptions {
  /** What images are normalised with, which no state dict tells; default ImageNet's. */
  readonly normalisation?: { readonly mean: PerChannel; readonly std: PerChannel } | undefined;
}

const IMAGENET = { mean: [0.485, 0.456, 0.406] as PerChannel, std: [0.229, 0.224, 0.225] as PerChannel };

/** What shapes cannot tell of a ViT comes from the official configuration. */
function withOfficial(inferred: InferredEncoder, official: OfficialConfig | undefined): EncoderConfig {
  const { encoder } = inferred;
  if (official === undefined || encoder.type !== 'vit') return encoder;
  const told = toEncoderConfig(official);
  if (told.type !== 'vit') return encoder;
  const { initValues = null, positionEmbedding, meanPooling = true } = told;
  return { ...encoder, initValues, positionEmbedding, meanPooling };
}

/**
 * A model's configuration from the names and shapes of its tensors, which must be ours.
 *
 * @param source the file's name, for messages
 * @param kind `pretext`: encoder and decoder, with `encoder.` and `decoder.` before their names. `encoder`: an encoder, perhaps with a head
 * @param official the file's own configuration, where it has one
 * @throws UserError when something does not fit, or the file leaves something open
 */
export function inferConfig(
  source: string,
  kind: 'pretext' | 'encoder',
  tensors: HostParameters,
  options: ForeignOptions = {},
  official?: OfficialConfig | undefined,
): InferredConfig {
  const prefix = kind === 'pretext' ? 'encoder.' : '';
  const inferred = inferEncoder(source, tensors, prefix, {
    numHeads: options.numHeads ?? (official?.MODEL.TYPE === 'vit' ? official.MODEL.VIT.NUM_HEADS : undefined),
    imageSize: options.imageSize ?? official?.DATA.IMG_SIZE,
  });
  const encoder = withOfficial(inferred, official);
  const { imageSize } = inferred;
  const base: EncoderModelConfig = { imageSize, encoder, ...(options.normalisation ?? IMAGENET) };
  if (kind === 'pretext') {
    const told = official && toPretextConfig(official);
    const inferredDecoder = inferDecoder(source, tensors);
    const decoder = inferredDecoder && {
      ...inferredDecoder,
      numHeads: told?.decoder?.numHeads ?? inferredDecoder.numHeads,
    };
    return { ...base, ...(decoder && { decoder }), task: told?.task ?? usualTask(imageSize) };
  }
  const head = tensors[`${headName(encoder.type)}.weight`];
  return head ? { ...base, numClasses: head.shape[0]! } : base;
}
