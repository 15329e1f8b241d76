import { describe, expect, it } from '@jest/globals';
import { readSafetensors } from '../checkpoint/read-safetensors.ts';
import type { ClassifierConfig } from '../classifier/classifier-config.ts';
import { initParameters } from '../parameters/init-parameters.ts';
import type { PretextConfig } from '../pretext/pretext-config.ts';
import { modelTensors } from './foreign-model.ts';
import { encodeStateDict, stateDict } from './model-state-dict.ts';

const colours = { mean: [0.5, 0.5, 0.5], std: [0.2, 0.2, 0.2] };
const SWIN: ClassifierConfig = {
  ...{ imageSize: 16, numClasses: 3, ...colours },
  encoder: {
    ...{ type: 'swin', patchSize: 2, embedDim: 8, depths: [2, 2], numHeads: [2, 4] },
    ...{ windowSize: 4, mlpRatio: 2, qkvBias: true },
  },
};
const RESNET: PretextConfig = {
  ...{ imageSize: 32, ...colours },
  encoder: { type: 'resnet', block: 'basic', layers: [1, 1, 1, 1], channels: [4, 4, 4, 4], stem: 4 },
  task: { filter: 'mfm', maskRadius1: 4, maskRadius2: 999, sampleRatio: 0.5, target: 'masked' },
};

const initialModel = (config: ClassifierConfig | PretextConfig) => ({
  config,
  parameters: initParameters([...modelTensors(config).parameters], 0),
});

const describeTensors = (tensors: Record<string, { shape: readonly number[]; data: object }>) =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, data }]) => [name, `${data.constructor.name} [${shape}]`]),
  );

describe('stateDict', () => {
  it('holds the index tables and masks of a Swin as PyTorch does', () => {
    const tensors = stateDict(initialModel(SWIN));
    expect(describeTensors(tensors)).toMatchObject({
      'layers.0.blocks.0.attn.relative_position_index': 'BigInt64Array [16,16]',
      'layers.0.blocks.1.attn_mask': 'Float32Array [4,16,16]',
      'head.weight': 'Float32Array [3,16]',
    });
    const index = tensors['layers.0.blocks.0.attn.relative_position_index']!.data as BigInt64Array;
    // A window of 4: the offset (0, 0) lies in the middle of the 7 × 7 table.
    expect(index[0]).toBe(24n);
    expect(new Set(tensors['layers.0.blocks.1.attn_mask']!.data as Float32Array)).toEqual(new Set([0, -100]));
  });

  it('counts the batches of a ResNet, and reads back from the file', async () => {
    const model = { ...initialModel(RESNET), batchesTracked: { 'encoder.bn1.num_batches_tracked': 7n } };
    const { tensors, metadata } = await readSafetensors(Buffer.concat(encodeStateDict(model)));
    expect(metadata.format).toBe('pt');
    expect(tensors['encoder.bn1.num_batches_tracked']).toEqual({ shape: [], type: 'I64', data: BigInt64Array.of(7n) });
    expect(tensors['encoder.layer4.0.bn2.num_batches_tracked']!.data).toEqual(BigInt64Array.of(0n));
    expect(describeTensors(tensors)).toEqual(describeTensors(stateDict(model)));
    expect(Object.keys(tensors)).toContain('encoder.bn1.running_var');
    expect(tensors['decoder.0.weight']!.data).toEqual(model.parameters['decoder.0.weight']!.data);
  });
});
