import { describe, expect, it } from '@jest/globals';
import { UserError } from '@mfm/cli';
import fc from 'fast-check';
import type { HostParameters } from '../checkpoint/checkpoint.ts';
import type { ReadTensor } from '../checkpoint/read-safetensors.ts';
import type { ClassifierConfig } from '../classifier/classifier-config.ts';
import type { EncoderConfig } from '../encoder/encoder-table.ts';
import { initParameters } from '../parameters/init-parameters.ts';
import type { PthValue } from '../pth/pth-value.ts';
import { isRefused } from '../testing/mutate.ts';
import { randomValues } from '../testing/random-values.ts';
import { type ForeignModel, modelOf, modelTensors } from './foreign-model.ts';
import type { EncoderModelConfig } from './infer-config.ts';
import { findStateDict, stateDictOf } from './state-dict.ts';

const COLOURS = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
const VIT = {
  ...{ type: 'vit', patchSize: 4, embedDim: 128, depth: 2, numHeads: 2, mlpRatio: 1.5, qkvBias: true },
  ...{ positionEmbedding: 'learnt', initValues: null, relativePositionBias: 'none', meanPooling: false },
} as const satisfies EncoderConfig;
const RESNET = {
  ...{ type: 'resnet', block: 'bottleneck', layers: [1, 2, 1, 1], channels: [4, 8, 4, 8], stem: 4 },
} satisfies EncoderConfig;
const SWIN = {
  ...{ type: 'swin', patchSize: 2, embedDim: 8, windowSize: 4, depths: [2, 1], numHeads: [2, 4], mlpRatio: 2 },
  ...{ qkvBias: true, absolutePositionEmbedding: false, patchNorm: true },
} satisfies EncoderConfig;

const classifier = (encoder: EncoderConfig, imageSize: number): ClassifierConfig => ({
  ...{ imageSize, encoder, ...COLOURS, numClasses: 3 },
});

/** A state dict with random values for every parameter of ours, under the names that `toForeign` gives. */
function foreignState(config: ForeignModel['config'], toForeign = (name: string) => name) {
  const ours = initParameters([...modelTensors(config).parameters], 0);
  for (const [name, { data }] of Object.entries(ours)) data.set(randomValues(name, data.length));
  const named = Object.entries(ours).map(([name, { shape, data }]): [string, ReadTensor] => [
    toForeign(name),
    { shape: [...shape], data, type: 'F32' },
  ]);
  return { ours, named };
}

/** [q_bias, key bias, v_bias] as one, as other libraries have it. */
function fuseBiases(named: [string, ReadTensor][]): [string, ReadTensor][] {
  const byName = new Map(named);
  return named.flatMap(([name, tensor]): [string, ReadTensor][] => {
    if (name.endsWith('.v_bias')) return [];
    if (!name.endsWith('.q_bias')) return [[name, tensor]];
    const [query, value] = [tensor, byName.get(name.replace('.q_bias', '.v_bias'))!];
    const width = query.shape[0]!;
    const data = Float32Array.of(
      ...(query.data as Float32Array),
      ...randomValues('key', width),
      ...(value.data as Float32Array),
    );
    return [[name.replace('q_bias', 'qkv.bias'), { shape: [3 * width], data, type: 'F32' }]];
  });
}

const check = (model: ForeignModel, format: string, config: ForeignModel['config'], ours: HostParameters) => {
  expect(model.format).toBe(format);
  expect(model.config).toEqual(config);
  expect(model.parameters).toEqual(ours);
};

describe('modelOf', () => {
  it('reads timm’s ViT: fused biases, layer scale', () => {
    const config = classifier({ ...VIT, initValues: 1 }, 16);
    const toTimm = (name: string) => name.replace(/gamma_(\d)$/, 'ls$1.gamma');
    const { ours, named } = foreignState(config, toTimm);
    check(modelOf(stateDictOf('x', fuseBiases(named))), 'timm ViT', config, ours);
  });

  it('reads timm’s ViT that classifies the mean of its tokens, or has no head', () => {
    const config = classifier({ ...VIT, meanPooling: true }, 16);
    const { ours, named } = foreignState(config);
    check(modelOf(stateDictOf('x', fuseBiases(named))), 'timm ViT', config, ours);
    const { numClasses, ...encoder } = config;
    const bare = modelOf(
      stateDictOf(
        'x',
        fuseBiases(named).filter(([name]) => !name.startsWith('head.')),
      ),
    );
    expect(bare.config).toEqual(encoder);
  });

  it('reads torchvision’s ViT, with the names of its MLP before and after 0.13', () => {
    for (const [first, second] of [
      ['0', '3'],
      ['linear_1', 'linear_2'],
    ]) {
      const toTorchvision = (name: string) =>
        name
          .replace(/^cls_token$/, 'class_token')
          .replace(/^pos_embed$/, 'encoder.pos_embedding')
          .replace(/^patch_embed\.proj/, 'conv_proj')
          .replace(/^norm\./, 'encoder.ln.')
          .replace(/^head\./, 'heads.head.')
          .replace(/^blocks\.(\d+)\.norm(\d)/, 'encoder.layers.encoder_layer_$1.ln_$2')
          .replace(/^blocks\.(\d+)\.attn\.proj/, 'encoder.layers.encoder_layer_$1.self_attention.out_proj')
          .replace(/^blocks\.(\d+)\.attn\.qkv\./, 'encoder.layers.encoder_layer_$1.self_attention.in_proj_')
          .replace(/^blocks\.(\d+)\.mlp\.fc1/, `encoder.layers.encoder_layer_$1.mlp.${first}`)
          .replace(/^blocks\.(\d+)\.mlp\.fc2/, `encoder.layers.encoder_layer_$1.mlp.${second}`);
      const config = classifier(VIT, 16);
      const { ours, named } = foreignState(config);
      const fused = fuseBiases(named).map(([name, tensor]): [string, ReadTensor] => [toTorchvision(name), tensor]);
      check(modelOf(stateDictOf('x', fused)), 'torchvision ViT', config, ours);
    }
  });

  it.each<[string, EncoderConfig]>([
    ['bottlenecks', RESNET],
    ['basic blocks', { ...RESNET, block: 'basic' }],
  ])('reads a ResNet of %s, and the batches it has seen', (_, encoder) => {
    const config = classifier(encoder, 224);
    const { ours, named } = foreignState(config);
    const counter: [string, ReadTensor] = [
      'bn1.num_batches_tracked',
      { shape: [], type: 'I64', data: BigInt64Array.of(9n) },
    ];
    const model = modelOf(stateDictOf('x', [...named, counter]));
    check(model, 'torchvision or timm ResNet', config, ours);
    expect(model.batchesTracked).toEqual({ 'bn1.num_batches_tracked': 9n });
    expect(modelOf(stateDictOf('x', named), { imageSize: 96 }).config.imageSize).toBe(96);
  });

  it('reads a Swin, its image size from the mask', () => {
    const config = classifier(SWIN, 32);
    const { ours, named } = foreignState(config);
    const mask: [string, ReadTensor] = [
      'layers.0.blocks.1.attn_mask',
      { shape: [16, 16, 16], type: 'F32', data: new Float32Array(4096) },
    ];
    check(modelOf(stateDictOf('x', [...named, mask])), 'Swin', config, ours);
  });

  it('reads the official ViT with every option, heads from the relative position table', () => {
    const options = {
      initValues: 1,
      relativePositionBias: 'shared',
      positionEmbedding: 'sincos',
      embedDim: 24,
    } as const;
    const config = classifier({ ...VIT, ...options, numHeads: 3, qkvBias: true }, 16);
    const specs = modelTensors(config).parameters;
    const { named } = foreignState(config);
    const table = initParameters([...specs], 0).pos_embed!;
    const tensors = named.map(([name, tensor]): [string, ReadTensor] => [
      name,
      name === 'pos_embed' ? { ...tensor, data: table.data } : tensor,
    ]);
    expect(modelOf(stateDictOf('x', tensors))).toMatchObject({ format: 'official MFM ViT', config });
  });

  it('reads an official pre-training checkpoint without its configuration', () => {
    const config: ForeignModel['config'] = {
      ...{ imageSize: 16, encoder: VIT, ...COLOURS },
      task: { filter: 'mfm', maskRadius1: 1, maskRadius2: 999, sampleRatio: 0.5, target: 'masked' },
    };
    const { ours, named } = foreignState(config);
    check(modelOf(stateDictOf('x', named)), 'official MFM pre-training', config, ours);
    const encoder = named.filter(([name]) => name.startsWith('encoder.'));
    const { task, ...bare } = config as typeof config & { task: unknown };
    expect(modelOf(stateDictOf('x', encoder))).toMatchObject({ format: 'official MFM encoder', config: bare });
    const blocks = { ...config, decoder: { depth: 1, embedDim: 32, numHeads: 16 } };
    expect(modelOf(stateDictOf('x', foreignState(blocks).named)).config).toEqual(blocks);
  });

  it('takes the weights from where training scripts keep them, without what wrappers add', () => {
    const config = classifier(RESNET, 224);
    const { ours, named } = foreignState(config, (name) => `module.${name}`);
    const weights: PthValue = new Map(named.map(([name, tensor]) => [name, tensor]));
    for (const key of ['model', 'state_dict']) {
      const state = findStateDict(
        'x',
        new Map<string, PthValue>([
          ['epoch', 4],
          [key, weights],
        ]),
      );
      const model = modelOf(state);
      check(model, 'torchvision or timm ResNet', config, ours);
      expect(model.epoch).toBe(4);
    }
    expect(() => findStateDict('x', new Map([['a', 1]]))).toThrow(/x: must hold tensors by name, .* got "a"\./);
  });

  const timm = fuseBiases(foreignState(classifier(VIT, 16)).named);
  const tensor = (...shape: number[]): ReadTensor => ({
    shape,
    type: 'F32',
    data: new Float32Array(shape.reduce((a, b) => a * b, 1)),
  });
  it.each<[string, [string, ReadTensor][], RegExp]>([
    [
      'another network',
      [['features.0.weight', tensor(2)]],
      /must be a checkpoint of this project or one of .*timm ViT.*; its first tensors are "features\.0\.weight"/,
    ],
    ['a distilled ViT', [...timm, ['dist_token', tensor(1, 1, 128)]], /x \(timm ViT\): .*unexpected dist_token/],
    [
      'a missing tensor',
      timm.filter(([name]) => name !== 'blocks.1.mlp.fc2.bias'),
      /missing blocks\.1\.mlp\.fc2\.bias/,
    ],
    [
      'a position embedding that is no grid',
      timm.map(([name, value]) => [name, name === 'pos_embed' ? tensor(1, 16, 128) : value]),
      /must be a square number, got 15/,
    ],
    [
      'a fused bias of another length',
      timm.map(([name, value]) => [name, name === 'blocks.0.attn.qkv.bias' ? tensor(7) : value]),
      /must have the shape \[3D\], got \[7\]/,
    ],
    [
      'heads left open',
      foreignState(classifier({ ...VIT, embedDim: 24, numHeads: 3 }, 16)).named,
      /attention heads must divide the width 24, got 0\.375.*--heads/,
    ],
  ])('refuses %s', (_, named, message) => {
    expect(() => modelOf(stateDictOf('x', named))).toThrow(UserError);
    expect(() => modelOf(stateDictOf('x', named))).toThrow(message);
  });

  it('refuses or reads tensors of any shape, name by name', async () => {
    const all = [...timm, ...foreignState(classifier(SWIN, 32)).named, ...foreignState(classifier(RESNET, 32)).named];
    const length = fc.constantFrom(0, 1, 2, 3, 4, 49, 1e9, 2 ** 53 - 1);
    const edit = fc.record({
      at: fc.nat(all.length - 1),
      shape: fc.array(length, { maxLength: 5 }),
      name: fc.constantFrom(...all.map(([name]) => name)),
    });
    const files = fc.tuple(
      fc.constantFrom(timm, foreignState(classifier(SWIN, 32)).named, foreignState(classifier(RESNET, 32)).named),
      fc.array(edit, { minLength: 1, maxLength: 3 }),
    );
    const property = fc.asyncProperty(files, async ([named, edits]) => {
      const changed = [...named];
      for (const { at, shape, name } of edits)
        changed[at % changed.length] = [at % 2 ? name : changed[at % changed.length]![0], { ...tensor(1), shape }];
      await isRefused(() => modelOf(stateDictOf('x', changed)));
    });
    await fc.assert(property, { numRuns: 300 });
  });
});

describe('options', () => {
  it('normalises as told, ImageNet’s statistics otherwise', () => {
    const { named } = foreignState(classifier(RESNET, 224));
    const half = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };
    const config: EncoderModelConfig = modelOf(stateDictOf('x', named), { normalisation: half }).config;
    expect([config.mean, config.std]).toEqual([half.mean, half.std]);
  });
});
