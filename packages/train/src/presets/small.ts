import type { PretrainConfigInput } from '../config/pretrain-config.ts';
import type { Preset } from './preset.ts';

type Model = PretrainConfigInput['model'];

/** Rates in force at 64 images per step: 1e-3, from 1e-6, to 1e-5. 2e-3 was found too high. */
const SMALL_RATES = { name: 'cosine', baseLr: 8e-3, warmupLr: 8e-6, minLr: 8e-5 } as const;

const CIFAR_VIT: Model['encoder'] = { type: 'vit', patchSize: 4, embedDim: 128, depth: 6, numHeads: 4 };

/**
 * Pretext tasks for 32 px. Radius 4 was better than 2.3, which would be the official share of the image's side; the other degradations
 * are milder than the official ones, which would leave next to nothing of an image this small.
 */
const CIFAR_TASKS: readonly { name: string; what: string; task: Model['task'] }[] = [
  { name: 'mfm', what: 'masked frequencies', task: { filter: 'mfm', maskRadius1: 4 } },
  { name: 'sr', what: 'super-resolution ×4', task: { filter: 'sr', factor: 4 } },
  {
    name: 'deblur',
    what: 'deblurring, Gaussian of 1.5 px',
    task: {
      ...{ filter: 'deblur', kernelSize: [9], kernelList: ['iso'], kernelProb: [1] },
      ...{ sigmaX: [1.5, 1.5], sigmaY: [1.5, 1.5] },
    },
  },
  {
    name: 'denoise',
    what: 'denoising, Gaussian of 75/255',
    task: {
      ...{ filter: 'denoise', noise: ['gaussian'], noiseProb: [1] },
      ...{ gaussianSigma: [75, 75], gaussianGrayProb: 0 },
    },
  },
];

const cifarPresets: readonly Preset[] = CIFAR_TASKS.map(({ name, what, task }) => ({
  name: `${name}_pretrain__vit_cifar10`,
  description: `ViT 128 wide, 6 deep, patch 4, on 32 px: ${what}, 20 epochs`,
  needs: 'CIFAR-10; about an hour on two cores for all 50,000 images',
  reaches: 'see docs/results.md',
  config: {
    model: { imageSize: 32, encoder: CIFAR_VIT, task },
    epochs: 20,
    batchSize: 64,
    schedule: { ...SMALL_RATES, warmupEpochs: 1.4 },
  },
}));

/** The encoder that `upernet_vit_synthetic` begins from: cells of 8 px, so that windows of 64 px are quickly gone through. */
export const SCENE_VIT = {
  ...{ type: 'vit', patchSize: 8, embedDim: 128, depth: 4, numHeads: 4, positionEmbedding: 'sincos' },
} as const satisfies Model['encoder'];

/** The encoder that `upernet_resnet_synthetic` begins from: basic blocks, half as wide as a ResNet-18. */
export const SCENE_RESNET = {
  ...{ type: 'resnet', block: 'basic', layers: [1, 1, 1, 1], channels: [32, 64, 128, 128], stem: 32 },
} satisfies Model['encoder'];

/** Configurations for small images that two CPU cores can train. */
export const smallPresets: readonly Preset[] = [
  ...cifarPresets,
  {
    name: 'mfm_pretrain__resnet50_cifar10',
    description: 'ResNet-50 on 64 px: masked frequencies, 5 epochs of 10,000 images',
    needs: 'CIFAR-10; about half an hour on two cores',
    reaches: 'see docs/results.md',
    config: {
      model: {
        // A ResNet's cells are 32 px wide: at 32 px there would be one.
        imageSize: 64,
        encoder: { type: 'resnet', block: 'bottleneck', layers: [3, 4, 6, 3] },
        task: { filter: 'mfm', maskRadius1: 6, sampleRatio: 0.3 },
      },
      data: { images: 10_000 },
      epochs: 5,
      batchSize: 64,
      // In force: 2e-4, from 2e-7, to 2e-6. At the ViT's 1e-3 the features collapse.
      schedule: { name: 'cosine', baseLr: 16e-4, warmupLr: 16e-7, minLr: 16e-6, warmupEpochs: 0.5 },
    },
  },
  {
    name: 'finetune__vit_cifar10',
    description: 'fine-tuning of the ViT for CIFAR-10, 10 epochs',
    needs: 'CIFAR-10 and --checkpoint; about half an hour on two cores for all 50,000 images',
    reaches: 'see docs/results.md',
    config: {
      kind: 'finetune',
      model: { imageSize: 32, encoder: CIFAR_VIT, dropPathRate: 0.1 },
      epochs: 10,
      batchSize: 64,
      // At this size and length strong augmentation is too much.
      augmentation: { randAugment: null, mixup: 0, cutmix: 0, erasing: { probability: 0 } },
      optimiser: { layerDecay: 0.8 },
      schedule: { name: 'cosine', baseLr: 8e-3, warmupLr: 8e-6, minLr: 8e-5, warmupEpochs: 1 },
    },
  },
  {
    name: 'mfm_pretrain__vit_synthetic64',
    description: 'ViT 128 wide, 4 deep, patch 8, on 64 px synthetic images: where upernet_vit_synthetic begins',
    needs: 'nothing; a minute or two on two cores',
    reaches: 'not measured here',
    config: {
      model: { imageSize: 64, encoder: SCENE_VIT, task: { filter: 'mfm', maskRadius1: 8 } },
      data: { path: 'synthetic:4000', cropScale: [0.5, 1] },
      epochs: 6,
      batchSize: 16,
      // In force: 1e-3, from 1e-6, to 1e-5.
      schedule: { name: 'cosine', baseLr: 32e-3, warmupLr: 32e-6, minLr: 32e-5, warmupEpochs: 0.5 },
    },
  },
  {
    name: 'mfm_pretrain__resnet_synthetic64',
    description: 'ResNet of four basic blocks on 64 px synthetic images: where upernet_resnet_synthetic begins',
    needs: 'nothing; a minute on two cores',
    reaches: 'see docs/results.md',
    config: {
      model: { imageSize: 64, encoder: SCENE_RESNET, task: { filter: 'mfm', maskRadius1: 8 } },
      data: { path: 'synthetic:4000', cropScale: [0.5, 1] },
      epochs: 3,
      batchSize: 16,
      // In force: 5e-4, from 5e-7, to 5e-6.
      schedule: { name: 'cosine', baseLr: 16e-3, warmupLr: 16e-6, minLr: 16e-5, warmupEpochs: 0.3 },
    },
  },
  {
    name: 'mfm_pretrain__vit_quickstart',
    description: 'ViT 96 wide, 4 deep, patch 4, on 32 px synthetic images',
    needs: 'nothing; a minute or two on two cores',
    reaches: 'a linear probe about twice as good as on a random encoder; the quickstart report measures it',
    config: {
      model: {
        imageSize: 32,
        // Learnt positions begin at almost nothing, and a run this short ends before attention finds them.
        encoder: { type: 'vit', patchSize: 4, embedDim: 96, depth: 4, numHeads: 3, positionEmbedding: 'sincos' },
        task: { filter: 'mfm', maskRadius1: 6 },
      },
      data: { path: 'synthetic:4000', cropScale: [0.5, 1] },
      epochs: 10,
      // Many small steps: at 64 images a step the same images teach nothing that a random encoder does not know.
      batchSize: 16,
      // In force: 1.5e-3, from 1.5e-6, to 1.5e-5.
      schedule: { name: 'cosine', baseLr: 48e-3, warmupLr: 48e-6, minLr: 48e-5, warmupEpochs: 0.5 },
    },
  },
];
