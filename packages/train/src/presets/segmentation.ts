import type { SegmentationConfigInput } from '../config/segmentation-config.ts';
import type { Preset } from './preset.ts';
import { SCENE_RESNET, SCENE_VIT } from './small.ts';

/** What a recipe leaves open: the encoder, and where the images are. */
type Recipe = Omit<SegmentationConfigInput, 'model' | 'data'> & {
  model: Omit<SegmentationConfigInput['model'], 'encoder'>;
  data: Partial<SegmentationConfigInput['data']>;
};

/**
 * BEiT's recipe for UperNet on ADE20K (microsoft/unilm, `beit/semantic_segmentation`): crops of 512 px, 160,000 steps of 16 images, AdamW 3e-5 (here per
 * 512 images), layer decay 0.9, linear fall after 1500 steps of warm-up, drop path 0.1.
 */
export const ADE20K_RECIPE: Recipe = {
  kind: 'segmentation',
  model: { imageSize: 512, dropPathRate: 0.1 },
  data: { fit: { short: 512, long: 2048 }, ratioRange: [0.5, 2], catMaxRatio: 0.75 },
  epochs: 127,
  steps: 160_000,
  batchSize: 2,
  accumulationSteps: 8,
  optimiser: { betas: [0.9, 0.999], weightDecay: 0.05, layerDecay: 0.9 },
  schedule: { name: 'poly', baseLr: 9.6e-4, warmupLr: 9.6e-10, minLr: 0, warmupSteps: 1500 },
  evaluation: { everySteps: 16_000, stride: 341 },
  checkpoint: { everySteps: 2000 },
};

const NEEDS = 'ADE20K and --checkpoint; a GPU in practice';

interface Encoder {
  name: string;
  title: string;
  model: Pick<SegmentationConfigInput['model'], 'encoder' | 'dropPathRate'>;
  change?: Pick<SegmentationConfigInput, 'optimiser' | 'schedule'>;
}

const ENCODERS: readonly Encoder[] = [
  {
    ...{ name: 'vit_base', title: 'ViT-B/16' },
    model: { encoder: { type: 'vit', patchSize: 16, embedDim: 768, depth: 12, numHeads: 12 }, dropPathRate: 0.1 },
  },
  {
    ...{ name: 'vit_small', title: 'ViT-S/16' },
    model: { encoder: { type: 'vit', patchSize: 16, embedDim: 384, depth: 12, numHeads: 6 }, dropPathRate: 0.1 },
  },
  {
    ...{ name: 'swin_tiny', title: 'Swin-T with windows of 8 (those of 7 do not divide 512 px)' },
    model: {
      encoder: {
        ...{ type: 'swin', patchSize: 4, embedDim: 96, depths: [2, 2, 6, 2], numHeads: [3, 6, 12, 24], windowSize: 8 },
      },
      dropPathRate: 0.3,
    },
    // mmsegmentation's for Swin-T: 6e-5, weight decay 0.01, one rate for all layers.
    change: {
      optimiser: { betas: [0.9, 0.999], weightDecay: 0.01, layerDecay: 1 },
      schedule: { name: 'poly', baseLr: 19.2e-4, warmupLr: 19.2e-10, minLr: 0, warmupSteps: 1500 },
    },
  },
  {
    ...{ name: 'resnet50', title: 'ResNet-50 (mmsegmentation has SGD, here it is AdamW)' },
    model: { encoder: { type: 'resnet', block: 'bottleneck', layers: [3, 4, 6, 3] }, dropPathRate: 0 },
    change: {
      optimiser: { betas: [0.9, 0.999], weightDecay: 0.05, layerDecay: 1 },
      schedule: { name: 'poly', baseLr: 32e-4, warmupLr: 32e-10, minLr: 0, warmupSteps: 1500 },
    },
  },
];

/** Procedural scenes, on the encoder of a pre-training preset. */
const SCENES: readonly Preset[] = [
  {
    ...{ name: 'upernet_resnet_synthetic', pretraining: 'mfm_pretrain__resnet_synthetic64', encoder: SCENE_RESNET },
    ...{ poolScales: [1, 2], layerDecay: 1, baseLr: 64e-2, reaches: 'mIoU 83.7 % (docs/results.md)' },
  },
  {
    ...{ name: 'upernet_vit_synthetic', pretraining: 'mfm_pretrain__vit_synthetic64', encoder: SCENE_VIT },
    ...{ poolScales: [1, 2, 4], layerDecay: 0.7, baseLr: 38.4e-2, reaches: 'not measured to its end' },
  },
].map(({ name, pretraining, encoder, poolScales, layerDecay, baseLr, reaches }) => ({
  name,
  description: `UperNet on the encoder of ${pretraining}, procedural scenes of seven classes`,
  needs: 'nothing, better with --checkpoint; some minutes on two cores',
  reaches,
  config: {
    kind: 'segmentation',
    model: { imageSize: 64, encoder, upernet: { channels: 32, auxiliaryChannels: 16, poolScales }, dropPathRate: 0 },
    data: { path: 'synthetic-seg:2000', ratioRange: [0.9, 1.2], photometric: false },
    epochs: 8,
    batchSize: 8,
    optimiser: { layerDecay },
    // In force 1e-2 for the ResNet, 6e-3 for the ViT: heads of 32 channels that begin at nothing take it.
    schedule: { name: 'poly', baseLr, warmupLr: baseLr / 1000, warmupSteps: 50 },
  },
}));

/** UperNet, trained on a pre-trained encoder. */
export const segmentationPresets: readonly Preset[] = [
  ...SCENES,
  ...ENCODERS.map(
    ({ name, title, model, change }): Preset => ({
      name: `upernet_${name}_ade20k_160k`,
      description: `UperNet on ${title}, 160,000 steps on ADE20K`,
      needs: NEEDS,
      reaches: 'not measured here',
      config: { ...ADE20K_RECIPE, ...change, model: { ...ADE20K_RECIPE.model, ...model } },
    }),
  ),
];
