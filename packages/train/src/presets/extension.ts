import type { Preset } from './preset.ts';

/** Configurations that the official code could run, and ships no file for. */
export const extensionPresets: readonly Preset[] = [
  {
    name: 'mfm_pretrain__swin_tiny__img224__300ep',
    description: 'Swin-T, masked frequencies, 300 epochs: the official code has the encoder, and no configuration',
    needs: 'ImageNet-1K; several GPUs in practice',
    reaches: 'not measured here or in the official README',
    config: {
      model: {
        imageSize: 224,
        encoder: {
          type: 'swin',
          patchSize: 4,
          embedDim: 96,
          depths: [2, 2, 6, 2],
          numHeads: [3, 6, 12, 24],
          windowSize: 7,
        },
        task: { filter: 'mfm', maskRadius1: 16, maskRadius2: 999, sampleRatio: 0.5, target: 'masked' },
      },
      data: { cropScale: [0.2, 1] },
      epochs: 300,
      batchSize: 128,
      accumulationSteps: 16,
      schedule: { name: 'cosine', baseLr: 3e-4, warmupLr: 2.5e-7, minLr: 2.5e-6, warmupEpochs: 20 },
    },
  },
];
