import { describe, expect, it } from '@jest/globals';
import type { EncoderConfig, PretextConfig } from '@mfm/models';
import { encodeModel, openSession } from '@mfm/onnx';
import { buildModel, type ModelConfig } from './built-model.ts';
import { HEADS } from './heads/head-table.ts';
import { initialModel } from './model-source.ts';
import { probeInputs } from './probe/probe-inputs.ts';
import { traceHead } from './trace-head.ts';

const base = { imageSize: 32, mean: [0.4, 0.5, 0.6], std: [0.2, 0.25, 0.3] };
const task: PretextConfig['task'] = {
  ...{ filter: 'mfm' as const, maskRadius1: 3, maskRadius2: 999 },
  ...{ sampleRatio: 0.5, target: 'masked' as const },
};
const vit: EncoderConfig = {
  ...{ type: 'vit' as const, patchSize: 8, embedDim: 24, depth: 1, numHeads: 3 },
  ...{ mlpRatio: 2, qkvBias: true, positionEmbedding: 'learnt' as const },
};
const resnet: EncoderConfig = {
  ...{ type: 'resnet' as const, block: 'basic' as const, layers: [1, 1, 1, 1] },
  ...{ channels: [4, 8, 8, 12], stem: 4 },
};
const swin: EncoderConfig = {
  ...{ type: 'swin' as const, patchSize: 4, embedDim: 8, depths: [2, 2], numHeads: [2, 4] },
  ...{ windowSize: 2, mlpRatio: 2, qkvBias: true },
};

const CASES: [string, ModelConfig, string][] = [
  ['ViT features', { ...base, encoder: vit, task }, 'features'],
  ['ViT reconstruction', { ...base, encoder: vit, task }, 'reconstruction'],
  ['ViT classifier', { ...base, encoder: vit, numClasses: 5 }, 'classifier'],
  ['ResNet features', { ...base, encoder: resnet, task }, 'features'],
  ['ResNet gradient', { ...base, encoder: resnet, numClasses: 5 }, 'gradient'],
  ['Swin features', { ...base, encoder: swin, task }, 'features'],
];

describe('every head at every operator set', () => {
  it.each(CASES)('%s agrees with opset 17', async (_, config, headName) => {
    const { parameters } = initialModel(config, 1);
    const model = buildModel(config);
    const head = await HEADS[headName]!.graph();
    const graph = traceHead(head, model, parameters);
    const feeds = probeInputs({ model, head, parameters }, 2, 1);
    const run = async (opset: number) => {
      const session = await openSession(encodeModel(graph, { opset }), { threads: 1 });
      const results = await session.run(feeds);
      await session.close();
      return results;
    };
    const expected = await run(17);
    for (let opset = 13; opset <= 23; opset++) {
      for (const [name, { data }] of Object.entries(await run(opset)))
        expect(Array.from(data, Number)).toBeAllclose(Array.from(expected[name]!.data, Number));
    }
  });
});
