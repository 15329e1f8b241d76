import { didYouMean, UserError } from '@mfm/cli';
import type { MfmConfig } from '@mfm/models';

/** ViT/16 at 224 px with the official pretext task and ImageNet's colour statistics. */
const vit16 = (embedDim: number, numHeads: number): MfmConfig => ({
  imageSize: 224,
  encoder: {
    type: 'vit',
    patchSize: 16,
    embedDim,
    depth: 12,
    numHeads,
    mlpRatio: 4,
    qkvBias: true,
    positionEmbedding: 'learnt',
  },
  task: { filter: 'mfm', maskRadius1: 16, maskRadius2: 999, sampleRatio: 0.5, target: 'masked' },
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
});

/** Models that `--model` knows by name. A new one is a new row. */
const MODELS: Readonly<Record<string, MfmConfig>> = {
  vit_tiny: vit16(192, 3),
  vit_small: vit16(384, 6),
  vit_base: vit16(768, 12),
};

/** Names that `--model` takes. */
export const MODEL_NAMES: readonly string[] = Object.keys(MODELS);

/** @throws UserError for an unknown name, offering the nearest */
export function findModel(name: string): MfmConfig {
  const config = MODELS[name];
  if (config) return config;
  throw new UserError(`--model: unknown model "${name}"${didYouMean(name, MODEL_NAMES)}`);
}
