import { describe, expect, it } from '@jest/globals';
import type { ClassifierConfig } from '../classifier/classifier-config.ts';
import { modelTensors } from '../foreign/foreign-model.ts';
import { initParameters } from '../parameters/init-parameters.ts';
import type { PretextConfig } from '../pretext/pretext-config.ts';
import { sinCosPositionEmbedding } from '../vit/position-embedding.ts';
import { resizeModel } from './resize-model.ts';
import { resizePositionEmbedding } from './resize-position-embedding.ts';
import { resizeRelativePosition } from './resize-relative-position.ts';

const COLOURS = { mean: [0.4, 0.5, 0.6], std: [0.25, 0.25, 0.25] };
const VIT: PretextConfig = {
  ...{ imageSize: 16, ...COLOURS },
  encoder: {
    ...{ type: 'vit', patchSize: 4, embedDim: 8, depth: 1, numHeads: 2, mlpRatio: 2, qkvBias: true },
    ...{ positionEmbedding: 'learnt', relativePositionBias: 'block' },
  },
  decoder: { depth: 1, embedDim: 8, numHeads: 2 },
  task: { filter: 'mfm', maskRadius1: 3, maskRadius2: 999, sampleRatio: 0.5, target: 'masked' },
};
const SWIN: ClassifierConfig = {
  ...{ imageSize: 32, numClasses: 3, ...COLOURS },
  encoder: {
    ...{ type: 'swin', patchSize: 2, embedDim: 8, depths: [1, 1, 1], numHeads: [1, 2, 4], windowSize: 8 },
    ...{ mlpRatio: 2, qkvBias: true, absolutePositionEmbedding: true },
  },
};
const RESNET: ClassifierConfig = {
  ...{ imageSize: 32, numClasses: 3, ...COLOURS },
  encoder: { type: 'resnet', block: 'basic', layers: [1, 1, 1, 1], channels: [4, 4, 4, 4], stem: 4 },
};

const parametersOf = (config: PretextConfig | ClassifierConfig) => {
  const parameters = initParameters([...modelTensors(config).parameters], 1);
  for (const { data } of Object.values(parameters)) for (const i of data.keys()) data[i]! += Math.sin(i);
  return parameters;
};

describe('resizeModel', () => {
  it("resizes a ViT's positions, those of its decoder too, and keeps the rest and the task", () => {
    const given = parametersOf(VIT);
    const { config, parameters } = resizeModel(VIT, given, 24);
    expect(config).toEqual({ ...VIT, imageSize: 24 });
    for (const { name, shape } of modelTensors(config).parameters) {
      expect(parameters[name]!.shape).toEqual(shape);
      if (name.endsWith('pos_embed')) expect(parameters[name]).toEqual(resizePositionEmbedding(given[name]!, 6, 1));
      else if (name.endsWith('table')) {
        expect(parameters[name]).toEqual(resizeRelativePosition(given[name]!, 11 ** 2 + 3, 3));
      } else expect(parameters[name]).toBe(given[name]);
    }
  });

  it('makes positions that are not trained anew', () => {
    const { relativePositionBias: _, ...encoder } = VIT.encoder as Extract<PretextConfig['encoder'], { type: 'vit' }>;
    const { decoder: __, ...rest } = VIT;
    const fixed: PretextConfig = { ...rest, encoder: { ...encoder, positionEmbedding: 'sincos' } };
    const { parameters } = resizeModel(fixed, parametersOf(fixed), 8);
    expect(parameters['encoder.pos_embed']!.data).toBeAllclose(sinCosPositionEmbedding(8, 2));
  });

  it("resizes a Swin's positions and the tables of windows that grow with the image", () => {
    const given = parametersOf(SWIN);
    const { config, parameters } = resizeModel(SWIN, given, 64);
    for (const { name, shape } of modelTensors(config).parameters) expect(parameters[name]!.shape).toEqual(shape);
    // The last stage had 4 × 4 tokens in one window, and has 8 × 8.
    const table = 'layers.2.blocks.0.attn.relative_position_bias_table';
    expect(given[table]!.shape).toEqual([49, 4]);
    expect(parameters[table]).toEqual(resizeRelativePosition(given[table]!, 225, 0));
    expect(parameters.absolute_pos_embed).toEqual(resizePositionEmbedding(given.absolute_pos_embed!, 32, 0));
  });

  it('changes nothing of a ResNet', () => {
    const given = parametersOf(RESNET);
    expect(resizeModel(RESNET, given, 96)).toEqual({ config: { ...RESNET, imageSize: 96 }, parameters: given });
  });

  it('refuses sizes that do not fit the encoder', () => {
    expect(() => resizeModel(VIT, parametersOf(VIT), 18)).toThrow(/imageSize must be a multiple of .*4.*got 18/);
    expect(() => resizeModel(RESNET, parametersOf(RESNET), 48)).toThrow(/multiple of 32 for a ResNet, got 48/);
    expect(() => resizeModel(SWIN, parametersOf(SWIN), 40)).toThrow(/windowSize must divide the 20 tokens/);
    expect(() => resizeModel(RESNET, parametersOf(RESNET), 8192)).toThrow(/up to 4096, got 8192/);
  });
});
