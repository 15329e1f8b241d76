import { describe, expect, it } from '@jest/globals';
import { initParameters } from './init-parameters.ts';
import { kaimingNormal, parameter, pytorchDefault, truncatedNormal } from './parameter-spec.ts';
import { isDecayed } from './weight-decay.ts';

const specs = [parameter('a', [50, 40], truncatedNormal(0.02, 0.5)), parameter('b', [30, 100], pytorchDefault(100))];

describe('initParameters', () => {
  it('depends on seed and name, not on order or company', () => {
    const both = initParameters(specs, 7);
    expect(initParameters([specs[1]!], 7).b).toEqual(both.b);
    expect(initParameters([...specs].reverse(), 7)).toEqual(both);
    expect(initParameters(specs, 8).a!.data).not.toEqual(both.a!.data);
    expect(initParameters([{ ...specs[0]!, name: 'c' }], 7).c!.data).not.toEqual(both.a!.data);
  });

  it('truncates at one standard deviation, then scales', () => {
    const { data } = initParameters(specs, 0).a!;
    const std = Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / data.length);
    expect(Math.max(...data.map(Math.abs))).toBeLessThanOrEqual(0.01);
    // Standard deviation of N(0, 0.02²) cut at ±0.02 is 0.01079; half of it, within sampling error of 2000.
    expect(Math.abs(std - 0.0054)).toBeLessThan(2e-4);
  });

  it('draws PyTorch’s default from ±1/√fanIn', () => {
    const { data } = initParameters(specs, 0).b!;
    expect(Math.max(...data)).toBeLessThanOrEqual(0.1);
    expect(Math.max(...data)).toBeGreaterThan(0.099);
    expect(Math.min(...data)).toBeLessThan(-0.099);
  });

  it('draws He’s normal numbers from the outputs and the kernel’s area', () => {
    const { data } = initParameters([parameter('c', [200, 10, 3, 3], kaimingNormal(200 * 9))], 0).c!;
    const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
    const std = Math.sqrt(data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length);
    // √(2 / 1800) = 1 / 30, within five standard errors of 18,000 draws; a normal number passes 3σ once in 370.
    expect(Math.abs(mean)).toBeLessThan(5 / 30 / Math.sqrt(18_000));
    expect(Math.abs(std * 30 - 1)).toBeLessThan(5 / Math.sqrt(36_000));
    expect(data.filter((value) => Math.abs(value) > 0.1).length).toBeGreaterThan(20);
  });

  it('refuses a seed that is not a count', () => {
    expect(() => initParameters(specs, -1)).toThrow(/seed must be a non-negative integer, got -1/);
  });
});

describe('isDecayed', () => {
  it.each<[string, number[], boolean]>([
    ['encoder.blocks.0.attn.qkv.weight', [3, 1], true],
    ['decoder.pos_embed', [1, 5, 4], true],
    ['encoder.blocks.0.attn.relative_position_bias_table', [52, 3], true],
    ['encoder.pos_embed', [1, 5, 4], false],
    ['encoder.absolute_pos_embed', [1, 4, 4], false],
    ['encoder.cls_token', [1, 1, 4], false],
    ['encoder.blocks.0.attn.q_bias', [4], false],
    ['encoder.norm.weight', [4], false],
  ])('%s: %j %j', (name, shape, expected) => expect(isDecayed(name, shape)).toBe(expected));
});
