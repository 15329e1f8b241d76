import { beforeAll, describe, expect, it } from '@jest/globals';
import { UserError } from '@mfm/cli';
import { encodeModel, openSession, traceDynamicBatch } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import type { HostParameters } from '../checkpoint/checkpoint.ts';
import { evaluation } from '../encoder/encoder.ts';
import { initParameters } from '../parameters/init-parameters.ts';
import type { Tensors } from '../parameters/tensors.ts';
import type { VitConfig } from '../vit/vit-config.ts';
import { buildClassifier } from './classifier.ts';
import type { ClassifierConfig } from './classifier-config.ts';

beforeAll(() => tf.setBackend('cpu'));

const ENCODER: VitConfig = {
  ...{ type: 'vit', patchSize: 4, embedDim: 12, depth: 3, numHeads: 3, mlpRatio: 2 },
  ...{ qkvBias: true, positionEmbedding: 'learnt' },
};
const CONFIG: ClassifierConfig = {
  ...{ imageSize: 8, encoder: ENCODER, numClasses: 5, dropPathRate: 0.4 },
  ...{ mean: [0.5, 0.5, 0.5], std: [0.2, 0.2, 0.2] },
};
/** Initial weights are so small that a head of them tells nothing apart. */
const values = (config: ClassifierConfig): HostParameters => {
  const initial = Object.entries(initParameters(buildClassifier(config).parameters, 0));
  return Object.fromEntries(
    initial.map(([name, { shape, data }]) => [name, { shape, data: data.map((value) => 20 * value) }]),
  );
};
const tensors = (config: ClassifierConfig): Tensors =>
  Object.fromEntries(
    Object.entries(values(config)).map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]),
  );
const images = () => tf.randomNormal([2, 3, 8, 8], 0, 1, 'float32', 3) as tf.Tensor4D;

describe('buildClassifier', () => {
  it('normalises the mean of patch tokens in fc_norm, or the class token in norm', () => {
    const names = (meanPooling: boolean) =>
      buildClassifier({ ...CONFIG, encoder: { ...ENCODER, meanPooling } }).parameters.map(({ name }) => name);
    expect(names(true).slice(-4)).toEqual(['fc_norm.weight', 'fc_norm.bias', 'head.weight', 'head.bias']);
    expect(names(true)).not.toContain('norm.weight');
    expect(names(false).slice(-4)).toEqual(['norm.weight', 'norm.bias', 'head.weight', 'head.bias']);
  });

  it('begins with weights cut nowhere near one deviation, and a head a thousand times smaller', () => {
    const initial = initParameters(buildClassifier(CONFIG).parameters, 0);
    const largest = (name: string) => Math.max(...initial[name]!.data.map(Math.abs));
    expect(largest('patch_embed.proj.weight')).toBeGreaterThan(0.04);
    expect(largest('head.weight')).toBeLessThan(1e-4);
    expect(largest('head.weight')).toBeGreaterThan(2e-5);
  });

  it('drops a sample’s branches where told, and scales the ones it keeps', () => {
    tf.tidy(() => {
      const { encoder, logits } = buildClassifier(CONFIG);
      expect(encoder.dropPathRates).toEqual([0.2, 0.2, 0.4, 0.4]);
      const parameters = tensors(CONFIG);
      const run = (kept: number[][]) => {
        const context = { training: true, dropPath: tf.tensor2d(kept), statistics: {} };
        return logits(parameters, images(), context).arraySync();
      };
      const all = [1, 1, 1, 1];
      const [kept, dropped] = run([all, [0, 0, 0, 0]]);
      expect(kept).toBeAllclose(run([all, all])[0]!);
      // With every branch of blocks 1 and 2 dropped, a model of the first block alone.
      const shallow = { ...CONFIG, encoder: { ...ENCODER, depth: 1 }, dropPathRate: 0 };
      const alone = buildClassifier(shallow).logits(parameters, images(), evaluation()).arraySync();
      expect(dropped).toBeAllclose(alone[1]!);
      const unscaled = logits(parameters, images(), evaluation()).arraySync();
      expect(kept).not.toBeAllclose(unscaled[0]!);
    });
  });

  it.each<[string, Partial<VitConfig>]>([
    ['mean of patches, a table for each block', { relativePositionBias: 'block' }],
    ['class token, a shared table', { relativePositionBias: 'shared', meanPooling: false, initValues: 0.1 }],
  ])('compiles with an open batch: %s', async (_, change) => {
    const config = { ...CONFIG, encoder: { ...ENCODER, ...change } };
    const { parameters: specs, logits } = buildClassifier(config);
    const shapes = specs.map(({ name, shape }) => [name, { shape, data: values(config)[name]!.data }] as const);
    const graph = traceDynamicBatch(
      ({ images: x, ...parameters }) => ({ logits: logits(parameters, x as tf.Tensor4D, evaluation()) }),
      { images: { shape: [1, 3, 8, 8] }, ...Object.fromEntries(shapes) },
    );
    const session = await openSession(encodeModel(graph, {}), { threads: 1 });
    const [input, expected] = tf.tidy(() => {
      const eager = logits(tensors(config), images(), evaluation());
      return [images().dataSync() as Float32Array, eager.dataSync()];
    });
    const results = await session.run({ images: { type: 'float32', dims: [2, 3, 8, 8], data: input } });
    await session.close();
    expect(results.logits!.data as Float32Array).toBeAllclose(expected);
  });

  it.each<[string, Partial<ClassifierConfig>, RegExp]>([
    ['classes', { numClasses: 0 }, /numClasses must be a positive integer, got 0/],
    ['std', { std: [1, 1, 0] }, /std above 0/],
    ['drop path', { dropPathRate: 1 }, /dropPathRate must be in \[0, 1\), got 1/],
  ])('refuses what does not fit: %s', (_, change, message) => {
    expect(() => buildClassifier({ ...CONFIG, ...change })).toThrow(UserError);
    expect(() => buildClassifier({ ...CONFIG, ...change })).toThrow(message);
  });
});
