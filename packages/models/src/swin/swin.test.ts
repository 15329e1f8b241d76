import { beforeAll, describe, expect, it } from '@jest/globals';
import { encodeModel, traceDynamicBatch, traceToOnnx } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import { type Encoder, evaluation, type ForwardContext } from '../encoder/encoder.ts';
import { buildEncoder } from '../encoder/encoder-table.ts';
import { type HostParameter, initParameters } from '../parameters/init-parameters.ts';
import { normalStream, randomStream } from '../parameters/random-stream.ts';
import type { Tensors } from '../parameters/tensors.ts';
import { runCompiled, shapesOf, toTensors } from '../testing/run-compiled.ts';
import type { SwinConfig } from './swin-config.ts';

beforeAll(() => tf.setBackend('cpu'));

const TINY: SwinConfig = {
  ...{ type: 'swin', patchSize: 4, embedDim: 96, depths: [2, 2, 6, 2], numHeads: [3, 6, 12, 24] },
  ...{ windowSize: 7, mlpRatio: 4, qkvBias: true },
};
/** Sides 8 and 4: both stages shift, and neither ends row by row. */
const SMALL: SwinConfig = { ...TINY, embedDim: 6, depths: [2, 2], numHeads: [1, 2], windowSize: 2, mlpRatio: 2 };
const OPTIONS = { imageSize: 32, prefix: 'encoder.', purpose: 'pretrain', dropPathRate: 0.2 } as const;

/** Larger values than the initial ones, so that every part of the model counts. */
function parametersOf({ parameters }: Encoder): Record<string, HostParameter> {
  const entries = Object.entries(initParameters(parameters, 1)).map(([name, { shape, data }]) => {
    const normal = normalStream(randomStream(1, `more ${name}`));
    return [name, { shape: [...shape], data: data.map((value) => value + 0.2 * normal()) }] as const;
  });
  return Object.fromEntries(entries);
}

const normal = normalStream(randomStream(0, 'images'));
const IMAGES: HostParameter = {
  shape: [3, 3, 32, 32],
  data: Float32Array.from({ length: 3 * 3 * 32 * 32 }, normal),
};
// Blocks 1 to 3 may be dropped, two branches each.
const KEPT: HostParameter = {
  shape: [3, 6],
  data: Float32Array.from([1, 1, 1, 0, 1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 0, 1, 0, 1]),
};

describe('buildSwin', () => {
  it('has the parameters of Swin-T', () => {
    const encoder = buildEncoder(TINY, { ...OPTIONS, imageSize: 224 });
    const sizes = encoder.parameters.map(({ shape }) => shape.reduce((product, length) => product * length, 1));
    // 28,288,354 of the paper's Swin-T (29 M) less the 769,000 of its head.
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(27_519_354);
    expect([encoder.embedDim, encoder.stride, encoder.grid]).toEqual([768, 32, 7]);
    expect(encoder.dropPathRates).toHaveLength(22);
    expect(encoder.buffers.filter(({ name }) => name.endsWith('attn_mask')).map(({ name }) => name)).toEqual(
      ['0.blocks.1', '1.blocks.1', '2.blocks.1', '2.blocks.3', '2.blocks.5'].map(
        (block) => `encoder.layers.${block}.attn_mask`,
      ),
    );
  });

  it('lists absolute positions first, and leaves out what the configuration has not', () => {
    const config = { ...SMALL, absolutePositionEmbedding: true, patchNorm: false, qkvBias: false };
    const { parameters } = buildEncoder(config, { ...OPTIONS, prefix: '' });
    const names = parameters.map(({ name, shape }) => `${name} [${shape}]`);
    expect(names.slice(0, 3)).toEqual([
      'absolute_pos_embed [1,64,6]',
      'patch_embed.proj.weight [6,3,4,4]',
      'patch_embed.proj.bias [6]',
    ]);
    expect(names.filter((name) => name.includes('qkv.bias') || name.includes('patch_embed.norm'))).toEqual([]);
  });

  it.each<[string, SwinConfig]>([
    ['shifted windows in both stages', SMALL],
    ['a window as large as the image', { ...SMALL, windowSize: 4 }],
    ['absolute positions alone', { ...SMALL, absolutePositionEmbedding: true, patchNorm: false, qkvBias: false }],
  ])('gives the same loss and gradients eagerly and compiled: %s', async (_, config) => {
    const encoder = buildEncoder(config, OPTIONS);
    const names = encoder.parameters.map(({ name }) => name);
    const step = ({ images, dropPath, ...parameters }: Tensors): Tensors => {
      const context: ForwardContext = { training: true, dropPath: dropPath as tf.Tensor2D, statistics: {} };
      const lossOf = (...values: tf.Tensor[]) => {
        const varied = Object.fromEntries(names.map((name, index) => [name, values[index]!]));
        const rows = encoder.encode(varied, images as tf.Tensor4D, context);
        const weights = tf.cos(tf.reshape(tf.range(0, rows.size), rows.shape));
        return tf.sum(tf.mul(tf.mul(rows, rows), weights)) as tf.Scalar;
      };
      const { value, grads } = tf.valueAndGrads(lossOf)(names.map((name) => parameters[name]!));
      return { loss: value, ...Object.fromEntries(grads.map((grad, index) => [`grad ${names[index]}`, grad])) };
    };
    const inputs = { ...parametersOf(encoder), images: IMAGES, dropPath: KEPT };
    const eager = tf.tidy(() =>
      Object.entries(step(toTensors(inputs))).map(([name, tensor]) => [name, tensor.dataSync()] as const),
    );
    const compiled = await runCompiled(traceToOnnx(step, shapesOf(inputs), { target: 'onnxruntime' }), inputs);
    for (const [name, expected] of eager) {
      const scale = Math.max(...expected.map(Math.abs));
      expect(scale).toBeGreaterThan(0);
      expect(compiled[name]!.data as Float32Array).toBeAllclose(expected, { atol: 1e-5 * scale });
    }
  });

  it('leaves the batch open, and treats each image by itself', async () => {
    const encoder = buildEncoder({ ...SMALL, absolutePositionEmbedding: true }, OPTIONS);
    const values = parametersOf(encoder);
    const parameters = toTensors(values);
    const forward = (images: tf.Tensor4D): Tensors => ({
      rows: tf.reshape(encoder.encode(parameters, images, evaluation()), [images.shape[0], 16, 12]),
      pooled: encoder.pooled(parameters, images, evaluation()),
      ...encoder.features(parameters, images),
    });
    const constants = Object.entries(values).map(([name, { shape, data }]) => [name, { shape: [...shape], data }]);
    const graph = traceDynamicBatch(
      ({ images, ...rest }) => {
        const features = encoder.features(rest, images as tf.Tensor4D);
        const rows = encoder.encode(rest, images as tf.Tensor4D, evaluation());
        return { ...features, rows: tf.reshape(rows, [images!.shape[0]!, 16, 12]) };
      },
      { images: { shape: [1, 3, 32, 32] }, ...Object.fromEntries(constants) },
    );
    const compiled = await runCompiled(encodeModel(graph, {}), { images: IMAGES });
    tf.tidy(() => {
      const images = tf.tensor4d(IMAGES.data, [3, 3, 32, 32]);
      const all = forward(images);
      const last = forward(tf.slice(images, [2, 0, 0, 0]));
      expect([all.stage_1!.shape, all.stage_2!.shape]).toEqual([
        [3, 6, 8, 8],
        [3, 12, 4, 4],
      ]);
      for (const [name, tensor] of Object.entries(all)) {
        const atol = 1e-5 * tf.max(tf.abs(tensor)).dataSync()[0]!;
        const own = tf.slice(tensor, [2, ...tensor.shape.slice(1).map(() => 0)]);
        expect(own.dataSync()).toBeAllclose(last[name]!.dataSync(), { atol });
        if (name !== 'pooled') expect(compiled[name]!.data as Float32Array).toBeAllclose(tensor.dataSync(), { atol });
      }
      const byChannel = tf.reshape(all.stage_2!, [3, 12, 16]);
      expect(all.pooled!.dataSync()).toBeAllclose(tf.mean(byChannel, 2).dataSync());
      expect(all.rows!.dataSync()).toBeAllclose(tf.transpose(byChannel, [0, 2, 1]).dataSync());
      expect(all.mean_pooled!.dataSync()).toBeAllclose(all.pooled!.dataSync());
    });
  });

  it('attends beyond its window only through shifted blocks', () => {
    tf.tidy(() => {
      // One pixel of the first of 4 × 4 windows (2 × 2 tokens of 4 × 4 pixels); one stage, so that cells are tokens.
      const reach = (depth: number) => {
        const encoder = buildEncoder({ ...SMALL, depths: [depth], numHeads: [1] }, OPTIONS);
        const parameters = toTensors(parametersOf(encoder));
        const image = tf.tensor4d(IMAGES.data.slice(0, 3 * 32 * 32), [1, 3, 32, 32]);
        const changed = tf.add(
          image,
          tf.pad(tf.ones([1, 3, 1, 1]), [
            [0, 0],
            [0, 0],
            [4, 27],
            [4, 27],
          ]),
        ) as tf.Tensor4D;
        const difference = tf.sub(
          encoder.encode(parameters, changed, evaluation()),
          encoder.encode(parameters, image, evaluation()),
        );
        const touched = tf.max(tf.abs(difference), 1).dataSync();
        return [...touched].flatMap((value, token) => (value > 1e-5 ? [`${Math.floor(token / 8)},${token % 8}`] : []));
      };
      const square = (rows: number) =>
        Array.from({ length: rows * rows }, (_, i) => `${Math.floor(i / rows)},${i % rows}`);
      expect(reach(1)).toEqual(square(2));
      // The shifted windows of the four tokens (0 … 1)² reach (0 … 2)²; the image's far side only meets them by the roll.
      expect(reach(2)).toEqual(square(3));
    });
  });
});
