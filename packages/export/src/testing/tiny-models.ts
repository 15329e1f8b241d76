import type { ClassifierConfig, EncoderConfig, PretextConfig } from '@mfm/models';
import type { ModelWithParameters } from '../export-model.ts';

/** A tiny encoder of each kind, and the side of the images it takes. */
const ENCODERS: Readonly<Record<string, { imageSize: number; encoder: EncoderConfig }>> = {
  ViT: {
    imageSize: 16,
    encoder: {
      ...{ type: 'vit', patchSize: 4, embedDim: 12, depth: 2, numHeads: 3, mlpRatio: 2, qkvBias: true },
      positionEmbedding: 'learnt',
    },
  },
  ResNet: {
    imageSize: 32,
    encoder: { type: 'resnet', block: 'basic', layers: [1, 1, 1, 1], channels: [4, 4, 8, 8], stem: 4 },
  },
  Swin: {
    imageSize: 16,
    encoder: {
      ...{ type: 'swin', patchSize: 4, embedDim: 8, depths: [2, 2], numHeads: [2, 4], windowSize: 2, mlpRatio: 2 },
      qkvBias: true,
    },
  },
};

const COLOURS = { mean: [0.4, 0.5, 0.6], std: [0.2, 0.25, 0.3] } as const;

/** A masked frequency model with each encoder, by its name. */
export const TINY_PRETEXTS: readonly (readonly [string, PretextConfig])[] = Object.entries(ENCODERS).map(
  ([name, base]) => [
    name,
    {
      ...{ ...base, ...COLOURS },
      task: { filter: 'mfm', maskRadius1: 3, maskRadius2: 999, sampleRatio: 0.5, target: 'masked' },
    },
  ],
);

/** A classifier of five classes with each encoder. */
export const TINY_CLASSIFIERS: readonly (readonly [string, ClassifierConfig])[] = Object.entries(ENCODERS).map(
  ([name, base]) => [name, { ...base, ...COLOURS, numClasses: 5 }],
);

/** The model with parameters several times those of the official initialisation, whose outputs and gradients are next to nothing. */
export function enlarged<M extends ModelWithParameters>(model: M, factor = 3): M {
  for (const { data } of Object.values(model.parameters)) for (const i of data.keys()) data[i]! *= factor;
  return model;
}
