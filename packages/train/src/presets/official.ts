import type { Preset } from './preset.ts';

/**
 * The official pre-training recipe for ViT at 224 px: AdamW (0.9, 0.95), weight decay 0.05, 3e-4 per 512 images, 20 epochs of warm-up,
 * clip 3, crops of 20–100 %, radius 16, low-pass probability 0.5. The official 16 devices × 128 images become 16 accumulated
 * batches here: the same 2048 images per step and the same rates (1.2e-3, from 1e-6, to 1e-5), with the clipping after every batch that
 * the official code does under accumulation.
 */
function vitRecipe(embedDim: number, numHeads: number): Preset['config'] {
  return {
    model: {
      imageSize: 224,
      encoder: { type: 'vit', patchSize: 16, embedDim, depth: 12, numHeads, mlpRatio: 4 },
      task: { filter: 'mfm', maskRadius1: 16, maskRadius2: 999, sampleRatio: 0.5, target: 'masked' },
    },
    data: { cropScale: [0.2, 1] },
    epochs: 300,
    batchSize: 128,
    accumulationSteps: 16,
    optimiser: { betas: [0.9, 0.95], epsilon: 1e-8, weightDecay: 0.05, clipGrad: 3 },
    schedule: { name: 'cosine', baseLr: 3e-4, warmupLr: 2.5e-7, minLr: 2.5e-6, warmupEpochs: 20 },
  };
}

/** Configurations of the official code (Jiahao000/MFM), under its names. */
export const officialPresets: readonly Preset[] = [
  {
    name: 'mfm_pretrain__vit_small__img224__300ep',
    description: 'ViT-S/16, official MFM pre-training, 300 epochs',
    needs: 'ImageNet-1K; a GPU in practice',
    reaches: 'not measured here; the official README gives no number for ViT-S',
    config: vitRecipe(384, 6),
  },
  {
    name: 'mfm_pretrain__vit_base__img224__300ep',
    description: 'ViT-B/16, official MFM pre-training, 300 epochs',
    needs: 'ImageNet-1K; several GPUs in practice',
    reaches: 'not measured here; 83.1 % top-1 after 100 epochs of fine-tuning (official README)',
    config: vitRecipe(768, 12),
  },
];
