import { describe, expect, it } from '@jest/globals';
import type { EncoderConfig } from '../encoder/encoder-table.ts';
import { buildClassifier } from './classifier.ts';
import { layerDecayGroup } from './layer-decay.ts';

const VIT: EncoderConfig = {
  ...{ type: 'vit', patchSize: 4, embedDim: 12, depth: 12, numHeads: 3, mlpRatio: 2, qkvBias: true },
  ...{ positionEmbedding: 'learnt', relativePositionBias: 'shared', initValues: 0.1 },
};
const SWIN: EncoderConfig = {
  ...{ type: 'swin', patchSize: 4, embedDim: 8, depths: [2, 2, 6, 2], numHeads: [1, 2, 4, 8], windowSize: 7 },
  ...{ mlpRatio: 2, qkvBias: true },
};
const RESNET: EncoderConfig = { type: 'resnet', block: 'bottleneck', layers: [3, 4, 6, 3] };

describe('layerDecayGroup', () => {
  // As the official code groups a ViT and a Swin; the ResNet's are this project's own.
  it.each<[string, EncoderConfig, string, number[], number, boolean]>([
    ['vit', VIT, 'cls_token', [1, 1, 12], 0, false],
    ['vit', VIT, 'pos_embed', [1, 10, 12], 0, false],
    ['vit', VIT, 'patch_embed.proj.weight', [12, 3, 4, 4], 0, true],
    ['vit', VIT, 'rel_pos_bias.relative_position_bias_table', [28, 3], 13, true],
    ['vit', VIT, 'blocks.0.gamma_1', [12], 1, false],
    ['vit', VIT, 'blocks.11.mlp.fc1.weight', [24, 12], 12, true],
    ['vit', VIT, 'head.weight', [10, 12], 13, true],
    ['swin', SWIN, 'absolute_pos_embed', [1, 9, 8], 13, false],
    ['swin', SWIN, 'patch_embed.norm.weight', [8], 0, false],
    ['swin', SWIN, 'layers.0.downsample.reduction.weight', [16, 32], 2, true],
    ['swin', SWIN, 'layers.2.blocks.5.attn.relative_position_bias_table', [169, 4], 10, false],
    ['swin', SWIN, 'layers.3.blocks.1.attn.qkv.weight', [192, 64], 12, true],
    ['resnet', RESNET, 'conv1.weight', [64, 3, 7, 7], 0, true],
    ['resnet', RESNET, 'layer1.0.bn1.weight', [64], 1, false],
    ['resnet', RESNET, 'layer4.2.conv3.weight', [2048, 512, 1, 1], 16, true],
    ['resnet', RESNET, 'fc.weight', [10, 2048], 17, true],
  ])('%s: %s', (_, config, name, shape, layerId, decayed) => {
    expect(layerDecayGroup(config, 0.8)(name, shape)).toMatchObject({ layerId, decayed });
  });

  it('scales the rate by the decay for each layer above', () => {
    const group = layerDecayGroup(VIT, 0.8);
    expect(group('cls_token', [1, 1, 12]).lrScale).toBeCloseTo(0.054975581388800036, 15);
    expect(group('head.bias', [10]).lrScale).toBe(1);
    expect(layerDecayGroup(VIT, 1)('cls_token', [1, 1, 12]).lrScale).toBe(1);
  });

  it.each<[string, EncoderConfig, number, number]>([
    ['vit', VIT, 12, 12],
    ['swin', { ...SWIN, windowSize: 2 } as EncoderConfig, 64, 12],
    ['resnet', { ...RESNET, channels: [2, 2, 2, 2], stem: 2 } as EncoderConfig, 32, 16],
  ])(
    'puts at least one parameter of a real model in every layer, and no more layers: %s',
    (_, encoder, size, blocks) => {
      const model = { imageSize: size, encoder, numClasses: 3, mean: [0, 0, 0], std: [1, 1, 1] };
      const group = layerDecayGroup(encoder, 0.5);
      const ids = buildClassifier(model).parameters.map(({ name, shape }) => group(name, shape).layerId);
      const expected = Array.from({ length: blocks + 2 }, (_, index) => index);
      expect([...new Set(ids)].sort((a, b) => a - b)).toEqual(expected);
    },
  );
});
