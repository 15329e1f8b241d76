import type { PretrainConfigInput } from '../config/pretrain-config.ts';
import type { Preset } from './preset.ts';

type Model = PretrainConfigInput['model'];

/** Encoders of the official configurations. */
const ENCODERS: Readonly<Record<string, { title: string; encoder: Model['encoder'] }>> = {
  vit_small: {
    title: 'ViT-S/16',
    encoder: { type: 'vit', patchSize: 16, embedDim: 384, depth: 12, numHeads: 6, mlpRatio: 4 },
  },
  vit_base: {
    title: 'ViT-B/16',
    encoder: { type: 'vit', patchSize: 16, embedDim: 768, depth: 12, numHeads: 12, mlpRatio: 4 },
  },
  resnet50: { title: 'ResNet-50', encoder: { type: 'resnet', block: 'bottleneck', layers: [3, 4, 6, 3] } },
};

/** Pretext tasks of the official configurations; a ResNet sees the low-pass image less often. */
const TASKS: Readonly<Record<string, { title: string; task: (encoder: string) => Model['task'] }>> = {
  mfm: {
    title: 'masked frequencies',
    task: (encoder) => ({
      ...{ filter: 'mfm', maskRadius1: 16, maskRadius2: 999, target: 'masked' },
      sampleRatio: encoder === 'resnet50' ? 0.3 : 0.5,
    }),
  },
  sr: { title: 'super-resolution ×8', task: () => ({ filter: 'sr', factor: 8 }) },
  deblur: {
    title: 'deblurring, Gaussian of 5 px',
    task: () => ({ filter: 'deblur', kernelList: ['iso'], kernelProb: [1], sigmaX: [5, 5], sigmaY: [5, 5] }),
  },
  denoise: {
    title: 'denoising, Gaussian of 75/255',
    task: () => ({
      ...{ filter: 'denoise', noise: ['gaussian'], noiseProb: [1], gaussianSigma: [75, 75] },
      gaussianGrayProb: 0,
    }),
  },
};

/** Top-1 on ImageNet-1K after fine-tuning, from the official README's table. */
const REPORTED: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  vit_base: { mfm: 83.1, sr: 82.4, deblur: 81.7, denoise: 82.7 },
  resnet50: { mfm: 78.5, sr: 77.9, deblur: 78.0, denoise: 77.5 },
};

function reaches(encoder: string, task: string): string {
  const top1 = REPORTED[encoder]?.[task];
  if (top1 === undefined) return 'not measured here; the official README has no number for it';
  return `not measured here; ${top1.toFixed(1)} % top-1 after 100 epochs of fine-tuning (official README)`;
}

/**
 * The official pre-training recipe: AdamW (0.9, 0.95), weight decay 0.05, 3e-4 per 512 images, 20 epochs of warm-up, clip 3, crops of
 * 20–100 %. The official 16 devices × 128 images become 16 accumulated batches here: the same 2048 images per step and the
 * same rates (1.2e-3, from 1e-6, to 1e-5), with the clipping after every batch that the official code does under accumulation.
 */
const RECIPE = {
  data: { cropScale: [0.2, 1] as [number, number] },
  epochs: 300,
  batchSize: 128,
  accumulationSteps: 16,
  optimiser: { betas: [0.9, 0.95] as [number, number], epsilon: 1e-8, weightDecay: 0.05, clipGrad: 3 },
  schedule: { name: 'cosine' as const, baseLr: 3e-4, warmupLr: 2.5e-7, minLr: 2.5e-6, warmupEpochs: 20 },
};

/** The official pre-training configurations (Jiahao000/MFM, `configs/`), under their names. */
export const officialPretrainPresets: readonly Preset[] = Object.entries(ENCODERS).flatMap(
  ([encoderName, { title, encoder }]) =>
    Object.entries(TASKS).map(([taskName, { title: what, task }]) => ({
      name: `${taskName}_pretrain__${encoderName}__img224__300ep`,
      description: `${title}, ${what}, 300 epochs`,
      needs: 'ImageNet-1K; several GPUs in practice',
      reaches: reaches(encoderName, taskName),
      config: { ...RECIPE, model: { imageSize: 224, encoder, task: task(encoderName) } },
    })),
);
