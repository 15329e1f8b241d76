import type { Preset } from './preset.ts';

interface Size {
  name: string;
  title: string;
  embedDim: number;
  numHeads: number;
  epochs: number;
  reaches: string;
}

const SIZES: readonly Size[] = [
  {
    ...{ name: 'vit_small', title: 'ViT-S/16', embedDim: 384, numHeads: 6, epochs: 200 },
    reaches: 'not measured here; the official README has no number for it',
  },
  {
    ...{ name: 'vit_base', title: 'ViT-B/16', embedDim: 768, numHeads: 12, epochs: 100 },
    reaches: 'not measured here; 83.1 % top-1 from MFM pre-training (official README)',
  },
];

/**
 * The official fine-tuning configurations (Jiahao000/MFM, `configs/`), under their names: AdamW (0.9, 0.999), 2e-3 per 512 images, layer decay
 * 0.8, drop path 0.1, mean-pooled tokens, RandAugment, mixup, cutmix, random erasing, label smoothing. 16 devices × 128 images become 16
 * accumulated batches, as in pre-training.
 */
export const officialFinetunePresets: readonly Preset[] = SIZES.map(
  ({ name, title, embedDim, numHeads, epochs, reaches }) => ({
    name: `finetune__${name}__img224__${epochs}ep`,
    description: `${title}, fine-tuning of a pre-trained model, ${epochs} epochs`,
    needs: 'ImageNet-1K and --checkpoint; several GPUs in practice',
    reaches,
    config: {
      kind: 'finetune',
      model: {
        imageSize: 224,
        encoder: { type: 'vit', patchSize: 16, embedDim, depth: 12, numHeads, mlpRatio: 4, meanPooling: true },
        dropPathRate: 0.1,
      },
      epochs,
      batchSize: 128,
      accumulationSteps: 16,
      augmentation: { randAugment: 'rand-m9-mstd0.5-inc1', colourJitter: 0 },
      optimiser: { betas: [0.9, 0.999], weightDecay: 0.05, clipGrad: null, layerDecay: 0.8 },
      schedule: { name: 'cosine', baseLr: 2e-3, warmupLr: 2.5e-7, minLr: 2.5e-7, warmupEpochs: 5 },
    },
  }),
);
