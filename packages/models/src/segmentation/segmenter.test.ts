import { beforeAll, describe, expect, it } from '@jest/globals';
import { encodeModel, traceDynamicBatch, traceToOnnx } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import { evaluation, type ForwardContext } from '../encoder/encoder.ts';
import { buildEncoder, type EncoderConfig } from '../encoder/encoder-table.ts';
import { type HostParameter, initParameters } from '../parameters/init-parameters.ts';
import type { Tensors } from '../parameters/tensors.ts';
import { randomBits, randomValues } from '../testing/random-values.ts';
import { runCompiled, toTensors } from '../testing/run-compiled.ts';
import { loadBackbone, segmenterDecayGroup } from './load-backbone.ts';
import { buildSegmenter, type Segmenter } from './segmenter.ts';
import type { SegmenterConfig } from './segmenter-config.ts';

beforeAll(() => tf.setBackend('cpu'));

const VIT: EncoderConfig = {
  ...{ type: 'vit', patchSize: 4, embedDim: 8, depth: 2, numHeads: 2, mlpRatio: 2 },
  ...{ qkvBias: true, positionEmbedding: 'learnt' },
};
const RESNET: EncoderConfig = { type: 'resnet', block: 'basic', layers: [1, 1, 1, 1], channels: [3, 4, 4, 5], stem: 4 };
const SWIN: EncoderConfig = {
  ...{ type: 'swin', patchSize: 2, embedDim: 4, depths: [1, 1, 2], numHeads: [1, 2, 2], windowSize: 2, mlpRatio: 2 },
  qkvBias: true,
};
const SIDE = 16;
const config = (encoder: EncoderConfig, imageSize = SIDE): SegmenterConfig => ({
  ...{ imageSize, encoder, numClasses: 3, mean: [0.5, 0.5, 0.5], std: [0.2, 0.2, 0.2] },
  upernet: { channels: 6, poolScales: [1, 2, 3], auxiliaryChannels: 4, dropout: 0.25 },
});

/** Away from their initial values, so that every part counts; variances stay positive. */
function valuesOf({ parameters }: Segmenter): Record<string, HostParameter> {
  const entries = Object.entries(initParameters(parameters, 1)).map(([name, { shape, data }]) => {
    const more = randomValues(name, data.length);
    const spread = data.map((value, index) => value + 0.2 * more[index]!);
    return [
      name,
      { shape, data: name.endsWith('running_var') ? spread.map((v) => 0.5 + Math.abs(v)) : spread },
    ] as const;
  });
  return Object.fromEntries(entries);
}
const namesOf = ({ parameters }: Segmenter, start: string) =>
  parameters.filter(({ name }) => name.startsWith(start)).map(({ name }) => name);

describe('buildSegmenter', () => {
  it('has mmsegmentation’s names', () => {
    const segmenter = buildSegmenter(config(VIT));
    const ofBn = ['weight', 'bias', 'running_mean', 'running_var'].map((part) => `bn.${part}`);
    const module = (name: string) => ['conv.weight', ...ofBn].map((part) => `${name}.${part}`);
    expect(namesOf(segmenter, 'decode_head.')).toEqual([
      ...['decode_head.conv_seg.weight', 'decode_head.conv_seg.bias'],
      ...['psp_modules.0.1', 'psp_modules.1.1', 'psp_modules.2.1', 'bottleneck'].flatMap((n) =>
        module(`decode_head.${n}`),
      ),
      ...[0, 1, 2].flatMap((index) => module(`decode_head.lateral_convs.${index}`)),
      ...[0, 1, 2].flatMap((index) => module(`decode_head.fpn_convs.${index}`)),
      ...module('decode_head.fpn_bottleneck'),
    ]);
    expect(namesOf(segmenter, 'auxiliary_head.')).toEqual([
      ...['auxiliary_head.conv_seg.weight', 'auxiliary_head.conv_seg.bias'],
      ...module('auxiliary_head.convs.0'),
    ]);
    expect(namesOf(segmenter, 'neck.').filter((name) => name.endsWith('weight'))).toEqual([
      ...['neck.upsample_4x.0.weight', 'neck.upsample_4x.1.weight', 'neck.upsample_4x.3.weight'],
      'neck.upsample_2x.0.weight',
    ]);
    expect(namesOf(segmenter, 'backbone.')).toContain('backbone.blocks.1.attn.qkv.weight');
    // What follows the last map alone is not there.
    expect(namesOf(segmenter, 'backbone.').some((name) => /backbone\.(fc_)?norm\./.test(name))).toBe(false);
    expect(segmenter.buffers.map(({ name }) => name)).toContain('auxiliary_head.convs.0.bn.num_batches_tracked');
  });

  it('is as large as UperNet on Swin-T is said to be: 60 M (Liu et al. 2021, table 3)', () => {
    const encoder: EncoderConfig = {
      ...{ type: 'swin', patchSize: 4, embedDim: 96, depths: [2, 2, 6, 2], numHeads: [3, 6, 12, 24], windowSize: 7 },
      ...{ mlpRatio: 4, qkvBias: true },
    };
    const upernet = { channels: 512, poolScales: [1, 2, 3, 6], auxiliaryChannels: 256, dropout: 0.1 };
    const { parameters } = buildSegmenter({ ...config(encoder, 224), upernet, numClasses: 150 });
    const sizes = parameters
      .filter(({ trainable }) => trainable)
      .map(({ shape }) => shape.reduce((product, length) => product * length, 1));
    const millions = sizes.reduce((sum, size) => sum + size, 0) / 1e6;
    expect(Math.round(millions)).toBe(60);
  });

  it.each<[string, EncoderConfig, number]>([
    ['ViT', VIT, SIDE],
    ['ResNet', RESNET, 32],
    ['Swin', SWIN, SIDE],
  ])('gives the same loss, gradients, statistics and masks eagerly and compiled: %s', async (_, encoder, side) => {
    const segmenter = buildSegmenter(config(encoder, side));
    const values = valuesOf(segmenter);
    const names = segmenter.parameters.filter(({ trainable }) => trainable).map(({ name }) => name);
    const batch = 3;
    const inputs: Record<string, HostParameter> = {
      ...values,
      images: { shape: [batch, 3, side, side], data: randomValues('images', batch * 3 * side * side) },
      labels: {
        shape: [batch, side, side],
        data: Float32Array.from(
          { length: batch * side * side },
          (_value, i) => [0, 1, 2, 255][(i * i + (i >> 4)) % 4]!,
        ),
      },
      dropout: {
        shape: [batch, segmenter.dropoutChannels],
        data: randomBits('kept', batch * segmenter.dropoutChannels),
      },
    };
    const step = ({ images, labels, dropout, ...parameters }: Tensors): Tensors => {
      const context: ForwardContext = { training: true, statistics: {} };
      const targets = { labels: labels as tf.Tensor3D, dropout: dropout as tf.Tensor2D, auxiliaryWeight: 0.4 };
      const lossOf = (...varied: tf.Tensor[]) => {
        const all = { ...parameters, ...Object.fromEntries(names.map((name, index) => [name, varied[index]!])) };
        const loss = segmenter.loss(all, images as tf.Tensor4D, { ...targets, mean: 'labelled' }, context);
        for (const tensor of Object.values(context.statistics)) tf.keep(tensor);
        return loss;
      };
      const { value, grads } = tf.valueAndGrads(lossOf)(names.map((name) => parameters[name]!));
      const gradients = Object.fromEntries(grads.map((grad, index) => [`grad ${names[index]}`, grad]));
      const statistics = Object.entries(context.statistics).map(([name, tensor]) => [`new ${name}`, tensor] as const);
      return { loss: value, ...gradients, ...Object.fromEntries(statistics) };
    };
    const shapes = Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, { shape: [...shape] }]));
    const expected = step(toTensors(inputs));
    const compiled = await runCompiled(traceToOnnx(step, shapes, { target: 'onnxruntime' }), inputs);
    const largest = Math.max(...names.map((name) => tf.max(tf.abs(expected[`grad ${name}`]!)).dataSync()[0]!));
    for (const [name, tensor] of Object.entries(expected)) {
      const numbers = tensor.dataSync();
      const scale = Math.max(...numbers.map(Math.abs));
      // Normalisations over few values (pooled maps have three) lose digits in their differences; some gradients are zero but for that.
      const floor = name.startsWith('grad') ? 1e-2 * largest : 0;
      const atol = name === 'loss' ? 1e-6 : 1e-4 * Math.max(scale, floor);
      expect(compiled[name]!.data as Float32Array).toBeAllclose(numbers, { atol });
    }

    const constants = Object.fromEntries(
      Object.entries(values).map(([name, { shape, data }]) => [name, { shape: [...shape], data }]),
    );
    const exported = traceDynamicBatch(
      ({ images, ...rest }) => ({ logits: segmenter.logits(rest, images as tf.Tensor4D, evaluation()) }),
      { images: { shape: [1, 3, side, side] }, ...constants },
    );
    expect(exported.outputs[0]!.value.shape).toEqual(['batch', 3, side, side]);
    const { logits } = await runCompiled(encodeModel(exported), { images: inputs.images! });
    tf.tidy(() => {
      const eager = segmenter.logits(
        toTensors(values),
        toTensors({ x: inputs.images! }).x as tf.Tensor4D,
        evaluation(),
      );
      const [ours, theirs] = [eager, tf.tensor(logits!.data as Float32Array, eager.shape)].map((x) => tf.argMax(x, 1));
      expect(new Set(ours!.dataSync()).size).toBeGreaterThan(1);
      expect(tf.mean(tf.cast(tf.equal(ours!, theirs!), 'float32')).dataSync()[0]).toBeGreaterThan(0.999);
    });
  });

  it.each<[string, Partial<SegmenterConfig>, RegExp]>([
    ['no classes', { numClasses: 0 }, /numClasses must be a positive integer, got 0/],
    ['too few names', { classes: ['sky'] }, /classes must have an entry for each of the 3 classes, got 1/],
    ['scales that are none', { upernet: { ...config(VIT).upernet, poolScales: [0] } }, /poolScales.*got \[0\]/],
    ['one stage', { encoder: { ...SWIN, depths: [1], numHeads: [1] } as EncoderConfig }, /depths must have at least 2/],
  ])('refuses %s', (_, change, message) => {
    expect(() => buildSegmenter({ ...config(VIT), ...change })).toThrow(message);
  });
});

describe('loadBackbone', () => {
  it('takes the encoder of a pre-training checkpoint, resizes its positions and begins the heads anew', () => {
    const pretrained = buildEncoder(VIT, { imageSize: 8, prefix: 'encoder.', purpose: 'pretrain' });
    const state = initParameters(pretrained.parameters, 7);
    const segmenter = buildSegmenter(config(VIT));
    const loaded = loadBackbone(segmenter, state, { seed: 3, resizePositionEmbedding: true });
    expect(Object.keys(loaded.parameters).sort()).toEqual(segmenter.parameters.map(({ name }) => name).sort());
    const name = 'blocks.0.attn.qkv.weight';
    expect(loaded.parameters[`backbone.${name}`]!.data).toEqual(state[`encoder.${name}`]!.data);
    expect(loaded.parameters['backbone.pos_embed']!.shape).toEqual([1, 17, 8]);
    expect(loaded.unexpected).toEqual(['norm.weight', 'norm.bias']);
    const fresh = initParameters(segmenter.parameters, 3);
    expect(loaded.parameters['decode_head.conv_seg.weight']!.data).toEqual(fresh['decode_head.conv_seg.weight']!.data);
    // A segmenter's own state is one of its encoder too.
    const again = loadBackbone(segmenter, loaded.parameters, { seed: 4 });
    expect(again.parameters['backbone.pos_embed']!.data).toEqual(loaded.parameters['backbone.pos_embed']!.data);
  });

  it('gives every part of the heads the full rate', () => {
    const group = segmenterDecayGroup(VIT, 0.5);
    expect(group('backbone.pos_embed', [1, 17, 8])).toEqual({ layerId: 0, lrScale: 0.125, decayed: false });
    expect(group('backbone.blocks.1.mlp.fc1.weight', [16, 8])).toMatchObject({ lrScale: 0.5, decayed: true });
    expect(group('decode_head.conv_seg.weight', [3, 6, 1, 1])).toMatchObject({ lrScale: 1, decayed: true });
    expect(group('neck.upsample_4x.1.weight', [8])).toMatchObject({ lrScale: 1, decayed: false });
  });
});
