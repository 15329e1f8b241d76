import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import { encodeModel, readModel, topologicalNodes, traceDynamicBatch, traceToOnnx } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import { type Encoder, evaluation, type ForwardContext } from '../encoder/encoder.ts';
import { buildEncoder } from '../encoder/encoder-table.ts';
import { type HostParameter, initParameters } from '../parameters/init-parameters.ts';
import type { Tensors } from '../parameters/tensors.ts';
import { randomValues } from '../testing/random-values.ts';
import { runCompiled, shapesOf, toTensors } from '../testing/run-compiled.ts';
import type { ResnetConfig } from './resnet-config.ts';

beforeAll(() => tf.setBackend('cpu'));

/** The second block of the first stage is the only one whose shortcut is the identity. */
const SMALL: ResnetConfig = {
  ...{ type: 'resnet', block: 'bottleneck', layers: [2, 1, 1, 1] },
  ...{ channels: [2, 3, 3, 2], stem: 4 },
};
const OPTIONS = { imageSize: 64, prefix: 'encoder.', purpose: 'pretrain', dropPathRate: 0.2 } as const;
const BATCH = 3;
const IMAGES: HostParameter = { shape: [BATCH, 3, 64, 64], data: randomValues('images', BATCH * 3 * 64 * 64) };
// Every block but the first may be dropped.
const KEPT: HostParameter = { shape: [BATCH, 4], data: Float32Array.from([1, 1, 0, 1, 0, 1, 1, 1, 1, 0, 1, 1]) };

/** Away from zeros and ones, so that every part counts; variances stay positive. */
function parametersOf({ parameters }: Encoder): Record<string, HostParameter> {
  const entries = Object.entries(initParameters(parameters, 1)).map(([name, { shape, data }]) => {
    const more = randomValues(name, data.length);
    const spread = data.map((value, index) => value + 0.2 * more[index]!);
    return [name, { shape, data: name.endsWith('running_var') ? spread.map(Math.abs) : spread }] as const;
  });
  return Object.fromEntries(entries);
}

describe('buildResnet', () => {
  it.each<[string, Partial<ResnetConfig>, number]>([
    // Of torchvision and timm, less the 513,000 or 2,049,000 of the head.
    ['ResNet-18', { block: 'basic', layers: [2, 2, 2, 2] }, 11_689_512 - 513_000],
    ['ResNet-34', { block: 'basic', layers: [3, 4, 6, 3] }, 21_797_672 - 513_000],
    ['ResNet-50', { block: 'bottleneck', layers: [3, 4, 6, 3] }, 25_557_032 - 2_049_000],
    ['ResNet-101', { block: 'bottleneck', layers: [3, 4, 23, 3] }, 44_549_160 - 2_049_000],
  ])('has the parameters of %s', (_, config, expected) => {
    const official = { type: 'resnet', ...config } as ResnetConfig;
    const { parameters } = buildEncoder(official, { ...OPTIONS, imageSize: 224 });
    const sizes = parameters
      .filter(({ trainable }) => trainable)
      .map(({ shape }) => shape.reduce((product, length) => product * length, 1));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(expected);
  });

  it('orders state as timm does, and has a shortcut where shapes change alone', () => {
    const { parameters, buffers } = buildEncoder({ ...SMALL, block: 'basic', stem: 2 }, OPTIONS);
    const norm = (name: string) => ['weight', 'bias', 'running_mean', 'running_var'].map((part) => `${name}.${part}`);
    const branch = ['conv1.weight', ...norm('bn1'), 'conv2.weight', ...norm('bn2')];
    const names = parameters.map(({ name }) => name.slice('encoder.'.length));
    const expected = [
      ...['conv1.weight', ...norm('bn1')],
      ...['layer1.0', 'layer1.1', 'layer2.0'].flatMap((block) => branch.map((part) => `${block}.${part}`)),
      ...['downsample.0.weight', ...norm('downsample.1')].map((part) => `layer2.0.${part}`),
    ];
    expect(names.slice(0, expected.length)).toEqual(expected);
    expect(buffers.map(({ name }) => name).slice(0, 4)).toEqual(
      ['bn1', 'layer1.0.bn1', 'layer1.0.bn2', 'layer1.1.bn1'].map((norm) => `encoder.${norm}.num_batches_tracked`),
    );
  });

  it('begins every block as its shortcut', () => {
    for (const block of ['basic', 'bottleneck'] as const) {
      const { parameters } = buildEncoder({ ...SMALL, block }, OPTIONS);
      const values = initParameters(parameters, 0);
      const zero = Object.keys(values).filter(
        (name) => /bn\d\.weight$/.test(name) && values[name]!.data.every((v) => v === 0),
      );
      const last = block === 'basic' ? 'bn2' : 'bn3';
      const blocks = ['layer1.0', 'layer1.1', 'layer2.0', 'layer3.0', 'layer4.0'];
      expect(zero).toEqual(blocks.map((name) => `encoder.${name}.${last}.weight`));
    }
  });

  it.each(['basic', 'bottleneck'] as const)(
    'gives the same loss, gradients and statistics eagerly and compiled: %s',
    async (block) => {
      const encoder = buildEncoder({ ...SMALL, block }, OPTIONS);
      const names = encoder.parameters.filter(({ trainable }) => trainable).map(({ name }) => name);
      const step = ({ images, dropPath, ...parameters }: Tensors): Tensors => {
        const context: ForwardContext = { training: true, dropPath: dropPath as tf.Tensor2D, statistics: {} };
        const lossOf = (...values: tf.Tensor[]) => {
          const varied = Object.fromEntries(names.map((name, index) => [name, values[index]!]));
          const rows = encoder.encode({ ...parameters, ...varied }, images as tf.Tensor4D, context);
          for (const tensor of Object.values(context.statistics)) tf.keep(tensor);
          const weights = tf.cos(tf.reshape(tf.range(0, rows.size), rows.shape));
          return tf.sum(tf.mul(tf.mul(rows, rows), weights)) as tf.Scalar;
        };
        const { value, grads } = tf.valueAndGrads(lossOf)(names.map((name) => parameters[name]!));
        const gradients = Object.fromEntries(grads.map((grad, index) => [`grad ${names[index]}`, grad]));
        const statistics = Object.entries(context.statistics).map(([name, tensor]) => [`new ${name}`, tensor] as const);
        return { loss: value, ...gradients, ...Object.fromEntries(statistics) };
      };
      const inputs = { ...parametersOf(encoder), images: IMAGES, dropPath: KEPT };
      const results = step(toTensors(inputs));
      expect(Object.keys(results)).toHaveLength(1 + encoder.parameters.length);
      const compiled = await runCompiled(traceToOnnx(step, shapesOf(inputs), { target: 'onnxruntime' }), inputs);
      for (const [name, tensor] of Object.entries(results)) {
        const expected = tensor.dataSync();
        const scale = Math.max(...expected.map(Math.abs));
        expect(scale).toBeGreaterThan(0);
        // Gradients pass through normalisations over 12 values, whose differences lose digits.
        expect(compiled[name]!.data as Float32Array).toBeAllclose(expected, { atol: 1e-4 * scale });
      }
    },
  );

  it('has one Transpose in evaluation, and that in encode, with any batch', async () => {
    const encoder = buildEncoder(SMALL, OPTIONS);
    const values = parametersOf(encoder);
    const constants = Object.fromEntries(
      Object.entries(values).map(([name, { shape, data }]) => [name, { shape: [...shape], data }]),
    );
    const exported = (run: (parameters: Tensors, images: tf.Tensor4D) => Tensors) =>
      encodeModel(
        traceDynamicBatch(({ images, ...rest }) => run(rest, images as tf.Tensor4D), {
          images: { shape: [1, 3, 64, 64] },
          ...constants,
        }),
      );
    const operators = (bytes: Uint8Array) => topologicalNodes(readModel(bytes).graph).map(({ op }) => op);
    const encode = exported((parameters, images) => ({ rows: encoder.encode(parameters, images, evaluation()) }));
    const others = exported((parameters, images) => ({
      pooled: encoder.pooled(parameters, images, evaluation()),
      ...encoder.features(parameters, images),
    }));
    expect(operators(encode).filter((name) => name === 'Transpose')).toHaveLength(1);
    expect(operators(others)).not.toContain('Transpose');
    expect(new Set(operators(encode))).toContain('BatchNormalization');

    const compiled = {
      ...(await runCompiled(encode, { images: IMAGES })),
      ...(await runCompiled(others, { images: IMAGES })),
    };
    tf.tidy(() => {
      const parameters = toTensors(values);
      const images = tf.tensor4d(IMAGES.data, [BATCH, 3, 64, 64]);
      const features = encoder.features(parameters, images);
      const rows = encoder.encode(parameters, images, evaluation());
      const shapes = Object.entries(features).map(([name, { shape }]) => [name, shape]);
      expect(Object.fromEntries(shapes)).toEqual({
        mean_pooled: [BATCH, 8],
        stage_1: [BATCH, 8, 16, 16],
        stage_2: [BATCH, 12, 8, 8],
        stage_3: [BATCH, 12, 4, 4],
        stage_4: [BATCH, 8, 2, 2],
      });
      for (const [name, tensor] of Object.entries({ ...features, pooled: features.mean_pooled!, rows })) {
        const atol = 1e-5 * tf.max(tf.abs(tensor)).dataSync()[0]!;
        expect(compiled[name]!.data as Float32Array).toBeAllclose(tensor.dataSync(), { atol });
      }
      const byCell = tf.reshape(tf.transpose(features.stage_4!, [0, 2, 3, 1]), [BATCH * 4, 8]);
      expect(rows.dataSync()).toBeAllclose(byCell.dataSync());
      expect(features.mean_pooled!.dataSync()).toBeAllclose(tf.mean(features.stage_4!, [2, 3]).dataSync());
    });
  });

  it('treats each image by itself in evaluation alone, where statistics stay', () => {
    tf.tidy(() => {
      const encoder = buildEncoder(SMALL, OPTIONS);
      const parameters = toTensors(parametersOf(encoder));
      const images = tf.tensor4d(IMAGES.data, [BATCH, 3, 64, 64]);
      const last = tf.slice(images, [BATCH - 1, 0, 0, 0]) as tf.Tensor4D;
      const ofLast = (training: boolean) => {
        const [all, own] = [images, last].map((x) => {
          const context: ForwardContext = { training, statistics: {} };
          const values = encoder.pooled(parameters, x, context);
          expect(Object.keys(context.statistics)).toHaveLength(training ? 2 * encoder.buffers.length : 0);
          return values;
        });
        return [tf.slice(all!, [BATCH - 1, 0]).dataSync(), own!.dataSync()] as const;
      };
      const [inBatch, alone] = ofLast(false);
      expect(inBatch).toBeAllclose(alone);
      const [trainedInBatch, trainedAlone] = ofLast(true);
      expect(trainedInBatch).not.toBeAllclose(trainedAlone, { atol: 0.1 });
    });
  });
});
