import { describe, expect, it } from '@jest/globals';
import { UserError } from '@mfm/cli';
import fc from 'fast-check';
import { isRefused } from '../testing/mutate.ts';
import { modelTensors } from './foreign-model.ts';
import { parseModelConfig } from './model-config.ts';
import { readOfficialConfig } from './official-yacs.ts';

const base = { imageSize: 32, mean: [0.5, 0.5, 0.5], std: [1, 1, 1] };
const vit = {
  type: 'vit',
  patchSize: 8,
  embedDim: 16,
  depth: 2,
  numHeads: 2,
  mlpRatio: 4,
  qkvBias: true,
  positionEmbedding: 'learnt',
};
const task = { filter: 'mfm', maskRadius1: 4, maskRadius2: 999, sampleRatio: 0.5, target: 'masked' };
const CONFIGS: Record<string, unknown>[] = [
  { ...base, encoder: vit, task, decoder: { depth: 1, embedDim: 16, numHeads: 2 } },
  { ...base, encoder: { type: 'resnet', block: 'basic', layers: [1, 1, 1, 1] }, numClasses: 3 },
  {
    ...{ ...base, task },
    encoder: {
      type: 'swin',
      patchSize: 2,
      embedDim: 8,
      depths: [2, 2],
      numHeads: [2, 4],
      windowSize: 4,
      mlpRatio: 2,
      qkvBias: true,
    },
  },
];

describe('parseModelConfig', () => {
  it('takes the model’s part of a run’s configuration, or that part alone', () => {
    for (const config of CONFIGS) {
      expect(parseModelConfig(config, 'x')).toEqual(config);
      expect(parseModelConfig({ kind: 'pretrain', model: config, epochs: 3 }, 'x')).toEqual(config);
    }
  });

  it('takes the classes from elsewhere where a configuration leaves them open', () => {
    expect(parseModelConfig({ ...base, encoder: vit }, 'x', 7)).toEqual({ ...base, encoder: vit, numClasses: 7 });
    expect(() => parseModelConfig({ ...base, encoder: vit }, 'x')).toThrow(/x: .*must have a task or numClasses/);
  });

  it.each<[string, object, RegExp]>([
    ['a missing part', { mean: undefined }, /: mean must be a threeNumbers/],
    ['another encoder', { encoder: { ...vit, type: '__proto__' } }, /encoder\.type must be one of vit, resnet, swin/],
    [
      'another task',
      { task: { ...task, filter: 'constructor' } },
      /task\.filter must be one of mfm, sr, deblur, denoise/,
    ],
    ['a depth of a billion', { encoder: { ...vit, depth: 1e9 } }, /depth must be at most 500/],
    ['an image size whose tables would fill the memory', { imageSize: 1e5 }, /imageSize must be at most 4096/],
    ['text for a number', { encoder: { ...vit, embedDim: '16' } }, /encoder\.embedDim must be a number/],
  ])('names %s', (_, change, message) => {
    expect(() => parseModelConfig({ ...CONFIGS[0], ...change }, 'x')).toThrow(UserError);
    expect(() => parseModelConfig({ ...CONFIGS[0], ...change }, 'x')).toThrow(message);
  });

  it('gives something that can be built, or a clear error, whatever a damaged file says', async () => {
    const paths = CONFIGS.map((config) => [
      ...Object.keys(config).map((key) => [key]),
      ...Object.keys(config.encoder as object).map((key) => ['encoder', key]),
    ]);
    const value = fc.oneof(
      fc.constantFrom(null, 0, -1, 1.5, 3, 1e5, 1e300, '', [], [1], [1, 1, 1, 1], {}, true),
      fc.jsonValue(),
    );
    const cases = fc
      .nat(CONFIGS.length - 1)
      .chain((at) => fc.tuple(fc.constant(CONFIGS[at]!), fc.constantFrom(...paths[at]!), value));
    const property = fc.asyncProperty(cases, async ([config, [outer, inner], replacement]) => {
      const below = config[outer!] as object;
      const changed = { ...config, [outer!]: inner === undefined ? replacement : { ...below, [inner]: replacement } };
      await isRefused(() => modelTensors(parseModelConfig(changed, 'x', 3)));
    });
    await fc.assert(property, { numRuns: 1000 });
  });
});

describe('readOfficialConfig', () => {
  it('names the first setting that is missing', () => {
    expect(() => readOfficialConfig(new Map([['DATA', new Map([['IMG_SIZE', '224']])]]), 'x.pth')).toThrow(
      /x\.pth: its configuration must be one of the official MFM code: DATA\.IMG_SIZE must be a number/,
    );
  });
});
