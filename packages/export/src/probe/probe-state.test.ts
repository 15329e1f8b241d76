import { describe, expect, it } from '@jest/globals';
import { probeState } from './probe-state.ts';

const channels = Array.from({ length: 130 }, (_, i) => i);
const vector = (data: number[]) => ({ shape: [data.length], data: Float32Array.from(data) });
const PARAMETERS = {
  'bn.weight': vector(channels.map((i) => (i === 5 ? 0 : i % 3 === 0 ? -2 : 0.5))),
  'bn.bias': vector(channels.map(() => 0.25)),
  'bn.running_mean': vector(channels.map(() => 1)),
  'norm.weight': vector([3, 3]),
  'norm.bias': vector([1, 2]),
};

function probe(name: string, length: number): number[] {
  const out = new Float32Array(length);
  probeState(name, PARAMETERS, out, () => 0.5);
  return [...out];
}

describe('probeState', () => {
  it('keeps channels of a batch normalisation six deviations from zero, every fourth above, and a few at three', () => {
    const bias = probe('model.bn.bias', 130);
    expect(bias.slice(0, 6)).toEqual([6, -3, -3, -12, 3, -6]);
    expect([bias[64], bias[128]]).toEqual([1.5, 1.5]);
  });

  it('lets a branch through whose weights begin at zero', () => {
    expect(probe('model.bn.weight', 130).slice(3, 6)).toEqual([-2, 0.5, 1]);
  });

  it('leaves every other parameter as it is', () => {
    expect(probe('model.bn.running_mean', 130)).toEqual(channels.map(() => 1));
    expect(probe('model.norm.bias', 2)).toEqual([1, 2]);
    expect(probe('model.norm.weight', 2)).toEqual([3, 3]);
  });

  it('gives second moments of gradients around 1e-2, and first moments of none', () => {
    expect(probe('optimizer.exp_avg_sq.norm.bias', 1)[0]).toBeCloseTo(1e-4, 9);
    expect(probe('optimizer.exp_avg.norm.bias', 2)).toEqual([0, 0]);
  });
});
