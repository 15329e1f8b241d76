import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { type BufferSpec, buildClassifier, buildPretext, buildSegmenter, type ParameterSpec } from '@mfm/models';
import { parseTrainConfig } from '../config/parse-config.ts';
import type { TrainConfig } from '../config/train-config.ts';
import { findPreset, PRESETS } from './presets.ts';

interface Golden {
  trainable: number;
  /** `name [shape]` of the official model's whole state dict. */
  tensors: string[];
}

/** Names, shapes and counts of freshly built official models (the reference data's `init_*` lists). */
const OFFICIAL: Record<string, Golden> = JSON.parse(
  readFileSync(new URL('./golden/official-parameters.json', import.meta.url), 'utf8'),
);

const configOf = (name: string): TrainConfig => {
  const { config } = findPreset(name);
  return parseTrainConfig({ ...config, data: { ...config.data, path: 'synthetic' } }, name);
};

interface Built {
  parameters: readonly ParameterSpec[];
  buffers: readonly BufferSpec[];
}

function build(config: TrainConfig): Built {
  if (config.kind === 'pretrain') {
    const { parameters, encoder } = buildPretext(config.model);
    return { parameters, buffers: encoder.buffers };
  }
  if (config.kind === 'segmentation') {
    // ADE20K's classes, which the data would tell.
    return buildSegmenter({ ...config.model, numClasses: 150 });
  }
  // ImageNet's classes, which the data would tell.
  const { parameters, encoder } = buildClassifier({ ...config.model, numClasses: 1000 });
  return { parameters, buffers: encoder.buffers };
}

const count = (specs: readonly ParameterSpec[]) =>
  specs.reduce((sum, { shape }) => sum + shape.reduce((product, length) => product * length, 1), 0);

describe('presets', () => {
  it('have names of their own', () => {
    expect(new Set(PRESETS.map(({ name }) => name)).size).toBe(PRESETS.length);
  });

  it.each(PRESETS.map(({ name }) => name))('%s builds a model', (name) => {
    const { parameters } = build(configOf(name));
    expect(new Set(parameters.map((spec) => spec.name)).size).toBe(parameters.length);
    expect(count(parameters.filter(({ trainable }) => trainable))).toBeGreaterThan(100_000);
  });

  it.each(Object.keys(OFFICIAL))('%s has the names, shapes and counts of the official model', (name) => {
    const { parameters, buffers } = build(configOf(name));
    const line = (tensor: string, shape: readonly number[]) => `${tensor} [${shape.join(',')}]`;
    const ours = [
      ...parameters.map((spec) => line(spec.name, spec.shape)),
      ...buffers.map((buffer) => line(buffer.name, buffer.kind === 'table' ? buffer.shape : [])),
    ];
    const { tensors, trainable } = OFFICIAL[name]!;
    expect(ours.sort()).toEqual([...tensors].sort());
    expect(count(parameters.filter((spec) => spec.trainable))).toBe(trainable);
  });

  it.each([
    ['mfm_pretrain__resnet50__img224__300ep', { filter: 'mfm', sampleRatio: 0.3, maskRadius1: 16, target: 'masked' }],
    ['sr_pretrain__vit_base__img224__300ep', { filter: 'sr', factor: 8, target: 'normal' }],
    [
      'deblur_pretrain__vit_small__img224__300ep',
      { filter: 'deblur', kernelSize: [7, 9, 11, 13, 15, 17, 19, 21], kernelList: ['iso'], sigmaX: [5, 5] },
    ],
    [
      'denoise_pretrain__resnet50__img224__300ep',
      { noise: ['gaussian'], gaussianSigma: [75, 75], gaussianGrayProb: 0 },
    ],
  ])('%s has the official task', (name, task) => {
    const config = configOf(name);
    expect(config.kind === 'pretrain' && config.model.task).toMatchObject(task);
  });

  it('fine-tunes at the official rates for 2048 images', () => {
    const { schedule, batchSize, accumulationSteps, optimiser } = configOf('finetune__vit_base__img224__100ep');
    const scale = (batchSize * accumulationSteps) / 512;
    const rates = [schedule.baseLr, schedule.warmupLr, schedule.minLr].map((rate) => rate * scale);
    expect(rates).toBeAllclose([8e-3, 1e-6, 1e-6], { rtol: 1e-12, atol: 0 });
    expect(optimiser).toMatchObject({ layerDecay: 0.8, clipGrad: null, betas: [0.9, 0.999] });
  });
});
