import { beforeAll, describe, expect, it } from '@jest/globals';
import '@mfm/onnx';
import { UserError } from '@mfm/cli';
import * as tf from '@tensorflow/tfjs-core';
import { initParameters } from '../../parameters/init-parameters.ts';
import type { Tensors } from '../../parameters/tensors.ts';
import type { VitConfig } from '../../vit/vit-config.ts';
import { buildPretext, type PretextModel } from '../pretext.ts';
import type { PretextConfig } from '../pretext-config.ts';

beforeAll(() => tf.setBackend('cpu'));

const ENCODER: VitConfig = {
  ...{ type: 'vit', patchSize: 4, embedDim: 12, depth: 1, numHeads: 3, mlpRatio: 2 },
  ...{ qkvBias: true, positionEmbedding: 'learnt' },
};
const CONFIG: PretextConfig = {
  imageSize: 8,
  encoder: ENCODER,
  decoder: { depth: 2, embedDim: 8, numHeads: 2 },
  task: { filter: 'mfm', maskRadius1: 2, maskRadius2: 999, sampleRatio: 0.5, target: 'masked' },
  ...{ mean: [0.5, 0.5, 0.5], std: [0.2, 0.2, 0.2] },
};
const withEncoder = (encoder: Partial<VitConfig>): PretextConfig => ({
  ...CONFIG,
  encoder: { ...ENCODER, ...encoder },
});

const namesOf = ({ parameters }: PretextModel) =>
  parameters.filter(({ name }) => name.startsWith('decoder.')).map(({ name, shape }) => `${name} [${shape}]`);

/** Weights large enough that every part counts. */
const tensors = ({ parameters }: PretextModel): Tensors =>
  Object.fromEntries(
    Object.entries(initParameters(parameters, 0)).map(([name, { shape, data }]) => [
      name,
      tf.tensor(
        data.map((value) => 30 * value),
        [...shape],
      ),
    ]),
  );

describe('buildTransformerDecoder', () => {
  it('names parameters as the official code does', () => {
    const names = namesOf(buildPretext(CONFIG));
    expect(names).toHaveLength(1 + 2 * 13 + 2 + 2 + 2);
    expect([names[0], ...names.slice(-6)]).toEqual([
      'decoder.pos_embed [1,5,8]',
      ...['decoder.norm.weight [8]', 'decoder.norm.bias [8]'],
      ...['decoder.embed.weight [8,12]', 'decoder.embed.bias [8]'],
      ...['decoder.pred.0.weight [48,8,1,1]', 'decoder.pred.0.bias [48]'],
    ]);
  });

  it('has the encoder’s options', () => {
    const shared = namesOf(buildPretext(withEncoder({ relativePositionBias: 'shared', positionEmbedding: 'none' })));
    expect(shared[0]).toBe('decoder.rel_pos_bias.relative_position_bias_table [12,2]');
    const own = buildPretext(withEncoder({ relativePositionBias: 'block', initValues: 0.1, qkvBias: false }));
    expect(namesOf(own)).toContain('decoder.blocks.1.attn.relative_position_bias_table [12,2]');
    expect(namesOf(own)).toContain('decoder.blocks.1.gamma_2 [8]');
    expect(namesOf(own).join()).not.toContain('q_bias');
    const fixed = buildPretext(withEncoder({ positionEmbedding: 'sincos' })).parameters;
    expect(fixed.find(({ name }) => name === 'decoder.pos_embed')).toMatchObject({ trainable: false });
  });

  it('lets patches see each other and the class token', () => {
    tf.tidy(() => {
      const model = buildPretext(CONFIG);
      const parameters = tensors(model);
      const image = tf.randomUniform([1, 3, 8, 8], 0, 1, 'float32', 4) as tf.Tensor4D;
      const run = (changed: Tensors) =>
        model.reconstruct({ ...parameters, ...changed }, image, tf.ones([1, 8, 8])).reconstruction.arraySync();
      expect(model.reconstruct(parameters, image, tf.ones([1, 8, 8])).z.shape).toEqual([1, 5, 12]);
      const plain = run({});
      // Only the position of the class token, which no pixel is made of; not by a constant, which normalisation takes away.
      const first = tf.pad(tf.randomNormal([1, 1, 8], 0, 1, 'float32', 6), [
        [0, 0],
        [0, 4],
        [0, 0],
      ]);
      const classOnly = tf.add(parameters['decoder.pos_embed']!, first);
      expect(run({ 'decoder.pos_embed': classOnly }).flat(3)).not.toBeAllclose(plain.flat(3), { atol: 1e-3 });
    });
  });

  it.each<[string, Partial<PretextConfig>, RegExp]>([
    [
      'heads',
      { decoder: { depth: 1, embedDim: 8, numHeads: 3 } },
      /decoder.embedDim must be a multiple of decoder.numH/,
    ],
    [
      'depth',
      { decoder: { depth: 1.5, embedDim: 8, numHeads: 2 } },
      /decoder.depth must be a positive integer, got 1.5/,
    ],
    [
      'sin-cos',
      { decoder: { depth: 1, embedDim: 6, numHeads: 2 }, encoder: { ...ENCODER, positionEmbedding: 'sincos' } },
      /decoder.embedDim must be a multiple of 4/,
    ],
  ])('refuses what does not fit: %s', (_, change, message) => {
    expect(() => buildPretext({ ...CONFIG, ...change })).toThrow(UserError);
    expect(() => buildPretext({ ...CONFIG, ...change })).toThrow(message);
  });
});
