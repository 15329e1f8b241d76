import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import { UserError } from '@mfm/cli';
import { openSession, traceToOnnx } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import { evaluation } from '../encoder/encoder.ts';
import { type HostParameter, initParameters } from '../parameters/init-parameters.ts';
import { normalStream, randomStream } from '../parameters/random-stream.ts';
import type { Tensors } from '../parameters/tensors.ts';
import { frequencyMask } from '../spectral/frequency-mask.ts';
import type { VitConfig } from '../vit/vit-config.ts';
import { pixelShuffle } from './decoder/linear-decoder.ts';
import { buildPretext, type PretextModel } from './pretext.ts';
import type { PretextConfig } from './pretext-config.ts';

beforeAll(() => tf.setBackend('cpu'));

const ENCODER: VitConfig = {
  ...{ type: 'vit', patchSize: 4, embedDim: 12, depth: 2, numHeads: 3, mlpRatio: 2 },
  ...{ qkvBias: true, positionEmbedding: 'learnt' },
};
const CONFIG: PretextConfig = {
  imageSize: 12,
  encoder: ENCODER,
  task: { filter: 'mfm', maskRadius1: 3, maskRadius2: 999, sampleRatio: 0.5, target: 'masked' },
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};
const withEncoder = (encoder: Partial<VitConfig>): PretextConfig => ({
  ...CONFIG,
  encoder: { ...ENCODER, ...encoder },
});

/** Larger values than the initial ones, so that every part of the model counts. */
function parameters({ parameters: specs }: PretextModel): Record<string, HostParameter> {
  const entries = Object.entries(initParameters(specs, 1)).map(([name, { shape, data }]) => {
    const normal = normalStream(randomStream(1, `more ${name}`));
    return [name, { shape: [...shape], data: data.map((value) => value + 0.2 * normal()) }] as const;
  });
  return Object.fromEntries(entries);
}

const toTensors = (values: ReturnType<typeof parameters>): Tensors =>
  Object.fromEntries(Object.entries(values).map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]));

const random = randomStream(0, 'pixels');
const pixels = Int32Array.from({ length: 2 * 12 * 12 * 3 }, () => Math.floor(random() * 256));
const low = frequencyMask(12, 3);
const mask = Int32Array.from([...low, ...low.map((kept) => 1 - kept)]);

const VARIANTS: [string, PretextConfig][] = [
  ['learnt positions', CONFIG],
  ['sin-cos positions, no q/v bias', withEncoder({ positionEmbedding: 'sincos', qkvBias: false })],
  ['layer scale, relative positions per block', withEncoder({ initValues: 0.1, relativePositionBias: 'block' })],
  ['shared relative positions alone', withEncoder({ positionEmbedding: 'none', relativePositionBias: 'shared' })],
  [
    'transformer decoder, relative positions per block',
    { ...withEncoder({ relativePositionBias: 'block' }), decoder: { depth: 1, embedDim: 8, numHeads: 2 } },
  ],
  ['a mean for each sample', { ...CONFIG, task: { ...CONFIG.task, loss: { perSampleMean: true } } }],
  ['every bin', { ...CONFIG, task: { ...CONFIG.task, target: 'normal', loss: { gamma: 2, withMatrix: true } } }],
];

describe('buildPretext', () => {
  it('names parameters as the official code does, q and v biases and class token included', () => {
    const names = buildPretext(CONFIG).parameters.map(({ name, shape }) => `${name} [${shape}]`);
    expect(names).toHaveLength(4 + 2 * 13 + 2 + 2);
    expect(names).toEqual(
      expect.arrayContaining([
        'encoder.cls_token [1,1,12]',
        'encoder.pos_embed [1,10,12]',
        'encoder.patch_embed.proj.weight [12,3,4,4]',
        'encoder.blocks.1.attn.v_bias [12]',
        'encoder.blocks.1.mlp.fc2.weight [12,24]',
        'decoder.0.weight [48,12,1,1]',
      ]),
    );
  });

  it.each(VARIANTS)('gives the same loss and gradients eagerly and compiled: %s', async (_, config) => {
    const model = buildPretext(config);
    const values = parameters(model);
    const trained = model.parameters.filter(({ trainable }) => trainable).map(({ name }) => name);
    const step = (inputs: Tensors): Tensors => {
      const lossOf = (...tensors: tf.Tensor[]) => {
        const varied = Object.fromEntries(trained.map((name, index) => [name, tensors[index]!]));
        return model.loss({ ...inputs, ...varied }, { pixels: inputs.pixels!, mask: inputs.mask! }, evaluation());
      };
      const { value, grads } = tf.valueAndGrads(lossOf)(trained.map((name) => inputs[name]!));
      return { loss: value, ...Object.fromEntries(grads.map((grad, index) => [`grad ${trained[index]}`, grad])) };
    };
    const eager = tf.tidy(() => {
      const data = { pixels: tf.tensor(pixels, [2, 12, 12, 3]), mask: tf.tensor(mask, [2, 12, 12]) };
      const results = step({ ...toTensors(values), ...data });
      return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, tensor.dataSync()]));
    });
    const shapes = Object.entries(values).map(([name, { shape }]) => [name, { shape }] as const);
    const batch = {
      pixels: { shape: [2, 12, 12, 3], dtype: 'uint8' },
      mask: { shape: [2, 12, 12], dtype: 'uint8' },
    } as const;
    const bytes = traceToOnnx(step, { ...Object.fromEntries(shapes), ...batch }, { target: 'onnxruntime' });
    const session = await openSession(bytes, { threads: 1 });
    const feeds = Object.entries(values).map(([name, { shape, data }]) => [
      name,
      { type: 'float32', dims: shape, data } as const,
    ]);
    const compiled = await session.run({
      ...Object.fromEntries(feeds),
      pixels: { type: 'uint8', dims: [2, 12, 12, 3], data: Uint8Array.from(pixels) },
      mask: { type: 'uint8', dims: [2, 12, 12], data: Uint8Array.from(mask) },
    });
    await session.close();
    for (const [name, expected] of Object.entries(eager)) {
      const scale = Math.max(...expected.map(Math.abs));
      expect(compiled[name]!.data as Float32Array).toBeAllclose(expected, { atol: 1e-5 * scale });
    }
  });

  it('treats each image by itself', () => {
    tf.tidy(() => {
      const model = buildPretext(CONFIG);
      const tensors = toTensors(parameters(model));
      const images = tf.randomNormal([3, 3, 12, 12], 0, 1, 'float32', 5) as tf.Tensor4D;
      const all = model.features(tensors, images) as Record<'cls_token' | 'mean_pooled' | 'patch_tokens', tf.Tensor>;
      const last = model.features(tensors, tf.slice(images, [2, 0, 0, 0])) as typeof all;
      expect(all.patch_tokens.shape).toEqual([3, 9, 12]);
      expect(tf.slice(all.cls_token, [2, 0]).dataSync()).toBeAllclose(last.cls_token.dataSync());
      expect(tf.slice(all.mean_pooled, [2, 0]).dataSync()).toBeAllclose(tf.mean(last.patch_tokens, 1).dataSync());
    });
  });

  it('masks nothing where every frequency is kept', () => {
    tf.tidy(() => {
      const model = buildPretext(CONFIG);
      const images = tf.randomUniform([1, 3, 12, 12], 0, 1, 'float32', 5) as tf.Tensor4D;
      const { corrupted, encoderInput, z, reconstruction } = model.reconstruct(
        toTensors(parameters(model)),
        images,
        tf.ones([1, 12, 12]),
      );
      expect(corrupted.dataSync()).toBeAllclose(images.dataSync(), { atol: 2e-6 });
      expect(model.denormalise(encoderInput).dataSync()).toBeAllclose(images.dataSync(), { atol: 2e-6 });
      expect([z.shape, reconstruction.shape]).toEqual([
        [1, 12, 3, 3],
        [1, 3, 12, 12],
      ]);
    });
  });

  it.each<[string, PretextConfig, RegExp]>([
    [
      'image and patch',
      { ...CONFIG, imageSize: 13 },
      /imageSize must be a multiple of encoder.patchSize \(4\), got 13/,
    ],
    ['width and heads', withEncoder({ numHeads: 5 }), /encoder.embedDim must be a multiple of encoder.numHeads \(5\)/],
    ['sin-cos width', withEncoder({ embedDim: 6, positionEmbedding: 'sincos' }), /multiple of 4 for sin-cos/],
    ['depth', withEncoder({ depth: 0 }), /encoder.depth must be a positive integer, got 0/],
    ['std', { ...CONFIG, std: [1, 0, 1] }, /std above 0/],
    [
      'patches',
      { ...CONFIG, task: { ...CONFIG.task, loss: { patchFactor: 2 } } },
      /patchFactor must be 1 with the masked/,
    ],
  ])('refuses what does not fit: %s', (_, config, message) => {
    expect(() => buildPretext(config)).toThrow(UserError);
    expect(() => buildPretext(config)).toThrow(message);
  });
});

describe('pixelShuffle', () => {
  it('is PyTorch’s: out[c, i·s + u, j·s + v] = in[c·s² + u·s + v, i, j]', () => {
    // One image of 1 × 1 tokens, two channels, stride 2.
    const image = tf.tidy(() => pixelShuffle(tf.tensor2d([[0, 1, 2, 3, 4, 5, 6, 7]]), 1, 1, 2).arraySync());
    expect(image).toEqual([
      [
        [
          [0, 1],
          [2, 3],
        ],
        [
          [4, 5],
          [6, 7],
        ],
      ],
    ]);
  });
});
