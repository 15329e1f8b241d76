import { describe, expect, it } from '@jest/globals';
import { UserError } from '@mfm/cli';
import { findPreset, PRESETS } from '../presets/presets.ts';
import { differingKeys, mergeConfig, parseOverride } from './override.ts';
import { resolveConfig, resolveFinetuneConfig, resolveSegmentationConfig } from './resolve-config.ts';

const preset = 'mfm_pretrain__vit_quickstart';

describe('parseOverride', () => {
  it.each([
    ['epochs=3', { epochs: 3 }],
    ['optimiser.betas=[0.9,0.999]', { optimiser: { betas: [0.9, 0.999] } }],
    ['schedule.name=linear', { schedule: { name: 'linear' } }],
    ['data.skipBad=true', { data: { skipBad: true } }],
    ['data.path=a=b', { data: { path: 'a=b' } }],
    ['data.path="007"', { data: { path: '007' } }],
  ])('reads %s', (text, expected) => {
    expect(parseOverride(text)).toEqual(expected);
  });

  it.each(['epochs', '=3', 'a..b=3', '__proto__.x=1'])('rejects %s', (text) => {
    expect(() => parseOverride(text)).toThrow(UserError);
  });
});

describe('mergeConfig', () => {
  it('goes key by key, replaces arrays, leaves what is undefined', () => {
    const merged = mergeConfig({ a: { b: 1, c: [1, 2] }, d: 1 }, { a: { c: [3] }, d: undefined });
    expect(merged).toEqual({ a: { b: 1, c: [3] }, d: 1 });
  });
});

describe('differingKeys', () => {
  it('names the values that differ', () => {
    expect(differingKeys({ a: { b: 1, c: [1] }, d: 1 }, { a: { b: 2, c: [1] } })).toEqual(['a.b', 'd']);
  });
});

describe('resolveConfig', () => {
  it('fills in defaults, and the later source wins', async () => {
    const config = await resolveConfig({ preset, options: { epochs: 3 }, overrides: ['epochs=2', 'seed=7'] });
    expect(config).toMatchObject({ preset, epochs: 2, seed: 7, optimiser: { betas: [0.9, 0.95], clipGrad: 3 } });
  });

  it('turns a learning rate in force into one per 512 images, and keeps the ratios', async () => {
    const { schedule } = await resolveConfig({ preset, lr: 2e-3 });
    expect([schedule.baseLr, schedule.warmupLr, schedule.minLr]).toBeAllclose([6.4e-2, 6.4e-5, 6.4e-4], {
      rtol: 1e-12,
    });
  });

  it.each([
    [['model.encoder.embedDimm=64'], /unknown key "model\.encoder\.embedDimm"\. Did you mean "embedDim"\?/],
    [['shedule.baseLr=1'], /unknown key "shedule"\. Did you mean "schedule"\?/],
    [['checkpoint.keep=1'], /unknown key "checkpoint\.keep".*Known: everyEpochs, everySteps, keepLast/],
    [['epochs=0'], /epochs: .*got 0\./],
    [['epochs=many'], /epochs: .*got "many"/],
    [['schedule.name=cosin'], /schedule\.name: .*"cosine".*got "cosin"/],
    [['epochs=1', 'schedule.warmupEpochs=2'], /schedule\.warmupEpochs: must be at most epochs \(1\), got 2/],
    [['data.cropScale=[0.9,0.2]'], /data\.cropScale: must be a range/],
  ])('explains %j in one line', async (overrides, expected) => {
    const message = await resolveConfig({ preset, overrides }).catch((error: Error) => {
      expect(error).toBeInstanceOf(UserError);
      return error.message;
    });
    expect(message).toMatch(expected);
    expect(message).not.toContain('\n');
  });

  it('asks for data where the preset has none', async () => {
    await expect(resolveConfig({ preset: 'mfm_pretrain__vit_cifar10' })).rejects.toThrow(/data.*Pass --data/);
  });

  it('asks for a preset or a file', async () => {
    await expect(resolveConfig({})).rejects.toThrow(/--preset/);
  });
});

describe('presets', () => {
  it.each(PRESETS.map(({ name, config: { kind = 'pretrain' } }) => [name, kind] as const))(
    '%s is a valid configuration of its kind, and of no other',
    async (name, kind) => {
      const resolve = {
        ...{ pretrain: resolveConfig, finetune: resolveFinetuneConfig },
        segmentation: resolveSegmentationConfig,
      };
      const sources = { preset: name, options: { data: { path: 'synthetic' } } };
      expect((await resolve[kind](sources)).preset).toBe(name);
      const other = kind === 'pretrain' ? 'finetune' : 'pretrain';
      await expect(resolve[other](sources)).rejects.toThrow(`must be of kind "${other}"`);
    },
  );

  it('offers the nearest name', () => {
    expect(() => findPreset('mfm_pretrain__vit_cifar')).toThrow(/Did you mean "mfm_pretrain__vit_cifar10"\?/);
  });

  it('has the official rates in force at 2048 images', async () => {
    const name = 'mfm_pretrain__vit_base__img224__300ep';
    const { schedule, batchSize, accumulationSteps } = await resolveConfig({
      preset: name,
      options: { data: { path: 'x' } },
    });
    const scale = (batchSize * accumulationSteps) / 512;
    expect([schedule.baseLr, schedule.warmupLr, schedule.minLr].map((rate) => rate * scale)).toBeAllclose(
      [1.2e-3, 1e-6, 1e-5],
      { rtol: 1e-12, atol: 0 },
    );
  });
});
