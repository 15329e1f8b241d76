import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { resizeModel, writeCheckpoint } from '@mfm/models';
import { openSession } from '@mfm/onnx';
import { PRESETS } from '@mfm/train';
import { buildModel } from './built-model.ts';
import { exportModel } from './export-model.ts';
import { initialModel, loadTrainedModel } from './model-source.ts';
import { findModel } from './named-models.ts';
import { TINY_PRETEXTS } from './testing/tiny-models.ts';
import { untrainedModel } from './untrained-model.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mfm-source-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a checkpoint at another image size', () => {
  it.each(TINY_PRETEXTS)('exports with its positions resized: %s', async (name, config) => {
    const path = join(folder, `${name}.safetensors`);
    const { parameters } = initialModel(config, 2);
    const optimiser = { weightDecay: 0.2 };
    await writeCheckpoint(path, {
      config: { model: config, optimiser },
      model: parameters,
      step: 3,
      epoch: 1,
      seed: 2,
    });
    const imageSize = 2 * config.imageSize;
    const model = await loadTrainedModel(path, { imageSize });
    expect(model.parameters).toEqual(resizeModel(config, parameters, imageSize).parameters);
    expect(model).toMatchObject({
      config: { ...config, imageSize },
      optimiser,
      source: { imageSize: config.imageSize },
    });
    const { bytes } = await exportModel(model, { head: 'reconstruction', batchSizes: [1] });
    const session = await openSession(bytes);
    await session.close();
    expect(session.inputs[0]!.shape).toEqual(['batch', 3, imageSize, imageSize]);
    expect(session.metadata).toMatchObject({
      image_size: `${imageSize}`,
      source_image_size: `${config.imageSize}`,
    });
    // The radius is in bins of the spectrum, and stays the checkpoint's.
    expect(JSON.parse(session.metadata.config!).task.maskRadius1).toBe(3);
  });
});

describe('untrained models', () => {
  it('are those of every preset', async () => {
    expect(PRESETS.length).toBeGreaterThan(20);
    for (const { name, config } of PRESETS) {
      const found = await findModel(name);
      const model = buildModel(found.config);
      expect(found.config.imageSize).toBe(config.model.imageSize);
      expect(model.pretext !== undefined).toBe((config.kind ?? 'pretrain') === 'pretrain');
    }
  });

  it('are segmenters of so many classes where the preset is one', async () => {
    const found = await findModel('upernet_vit_synthetic');
    const { config, parameters } = untrainedModel(found, { seed: 1, classes: 4 });
    expect(config).toMatchObject({ numClasses: 4, upernet: expect.anything(), encoder: { type: 'vit' } });
    expect(parameters['decode_head.conv_seg.weight']!.shape[0]).toBe(4);
    expect(untrainedModel(found, { seed: 1 }).config).not.toHaveProperty('numClasses');
  });

  it('are classifiers of so many classes, of any size, where that is asked for', async () => {
    const found = await findModel('mfm_pretrain__vit_quickstart');
    const { config, parameters } = untrainedModel(found, { seed: 1, classes: 7, imageSize: 64 });
    expect(config).toMatchObject({ imageSize: 64, numClasses: 7, encoder: { type: 'vit', embedDim: 96 } });
    expect(config).not.toHaveProperty('task');
    expect(parameters['head.weight']!.shape).toEqual([7, 96]);
    expect(parameters.pos_embed!.shape).toEqual([1, 16 * 16 + 1, 96]);
  });

  it('have near names', async () => {
    await expect(findModel('vit_smal')).rejects.toThrow(/"vit_smal"\. Did you mean "vit_small"/);
    await expect(findModel('mfm_pretrain__vit_cifar')).rejects.toThrow(/Did you mean "mfm_pretrain__vit_cifar10"/);
  });
});
