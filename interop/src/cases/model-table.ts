import type { ModelConfig } from '@mfm/export';
import type { EncoderConfig } from '@mfm/models';

/** A model whose heads are run everywhere. */
export interface InteropModel {
  readonly name: string;
  /** What it is built as: for pretext heads, for heads of classifiers, of segmenters. Every head is exported from the first that has it. */
  readonly configs: readonly ModelConfig[];
  /** Heads to run; default all that the configurations have. */
  readonly heads?: readonly string[];
  /** Operator sets in which the head `features` is run besides the default. */
  readonly opsets?: readonly number[];
  /** Takes so long that it is run only where it is named. */
  readonly onlyIfNamed?: true;
}

const STATISTICS = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;

/** The pretext model, the classifier and the segmenter of a small encoder. */
function allKinds(imageSize: number, encoder: EncoderConfig): ModelConfig[] {
  const base = { imageSize, encoder, mean: [...STATISTICS.mean], std: [...STATISTICS.std] } as Pick<
    ModelConfig,
    'imageSize' | 'encoder' | 'mean' | 'std'
  >;
  return [
    { ...base, task: { filter: 'mfm', maskRadius1: 4, maskRadius2: 999, sampleRatio: 0.5, target: 'masked' } },
    { ...base, numClasses: 10 },
    { ...base, numClasses: 5, upernet: { channels: 16, poolScales: [1, 2, 3], auxiliaryChannels: 8, dropout: 0.1 } },
  ];
}

/** Other operator sets than the default that are worth a row: the oldest, the first with newer reductions, the newest in use. */
const OTHER_OPSETS = [13, 21, 23];

/**
 * Small models with everything that large ones have: class token, learnt positions and layer scale; relative positions; bottlenecks with
 * batch normalisation, strided shortcuts; shifted windows with masks, merged patches. Then two of real size.
 */
export const MODELS: readonly InteropModel[] = [
  {
    name: 'vit',
    configs: allKinds(32, {
      ...{ type: 'vit', patchSize: 8, embedDim: 48, depth: 2, numHeads: 3, mlpRatio: 4, qkvBias: true },
      ...{ positionEmbedding: 'learnt', initValues: 0.1 },
    }),
    opsets: OTHER_OPSETS,
  },
  {
    name: 'vit_relative',
    configs: allKinds(64, {
      ...{ type: 'vit', patchSize: 16, embedDim: 48, depth: 2, numHeads: 4, mlpRatio: 2, qkvBias: true },
      ...{ positionEmbedding: 'sincos', relativePositionBias: 'block', meanPooling: false },
    }),
  },
  {
    name: 'resnet',
    configs: allKinds(64, {
      ...{ type: 'resnet', block: 'bottleneck', layers: [1, 1, 2, 1], channels: [8, 16, 24, 32], stem: 8 },
    }),
    opsets: OTHER_OPSETS,
  },
  {
    name: 'swin',
    configs: allKinds(64, {
      ...{ type: 'swin', patchSize: 4, embedDim: 24, depths: [2, 2, 2], numHeads: [2, 3, 4], windowSize: 4 },
      ...{ mlpRatio: 2, qkvBias: true },
    }),
    opsets: OTHER_OPSETS,
  },
  {
    name: 'vit_tiny',
    configs: allKinds(224, {
      ...{ type: 'vit', patchSize: 16, embedDim: 192, depth: 12, numHeads: 3, mlpRatio: 4, qkvBias: true },
      ...{ positionEmbedding: 'learnt' },
    }),
    heads: ['features'],
    onlyIfNamed: true,
  },
  {
    name: 'resnet50',
    configs: allKinds(224, { type: 'resnet', block: 'bottleneck', layers: [3, 4, 6, 3] }),
    heads: ['features'],
    onlyIfNamed: true,
  },
];
