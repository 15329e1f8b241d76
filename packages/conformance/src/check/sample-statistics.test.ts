import { describe, expect, it } from '@jest/globals';
import { type Initialiser, initParameters } from '@mfm/models';
import { passes } from './check.ts';
import { sampleChecks, sampleStatistics } from './sample-statistics.ts';

const INITIALISERS: Record<string, Initialiser> = {
  zero: { kind: 'constant', value: 0 },
  uniform: { kind: 'uniform', bound: 0.02 },
  narrow: { kind: 'truncatedNormal', std: 0.02, limit: 0.02, scale: 1 },
  wide: { kind: 'truncatedNormal', std: 0.02, limit: 2, scale: 1 },
  normal: { kind: 'normal', std: 0.02 },
};
const sample = (init: Initialiser, seed: number, count = 20000) =>
  initParameters([{ name: 'x', shape: [count], trainable: true, init }], seed).x!.data;
const agree = (data: Float32Array, golden: Float32Array, init: Initialiser) =>
  sampleChecks('x', data, sampleStatistics(golden), init).every(passes);

describe('sampleChecks', () => {
  it.each(Object.entries(INITIALISERS))('lets samples of one distribution pass, large and small: %s', (_, init) => {
    for (let seed = 0; seed < 10; seed++) {
      expect(agree(sample(init, seed), sample(init, seed + 100), init)).toBe(true);
      expect(agree(sample(init, seed, 10), sample(init, seed + 100, 10), init)).toBe(true);
    }
  });

  it('tells every two of the distributions apart, but for the two that are one', () => {
    const same = new Set(['wide', 'normal']);
    for (const [name, init] of Object.entries(INITIALISERS)) {
      for (const [other, otherInit] of Object.entries(INITIALISERS)) {
        const expected = name === other || (same.has(name) && same.has(other));
        expect([name, other, agree(sample(init, 0), sample(otherInit, 1), init)]).toEqual([name, other, expected]);
      }
    }
  });

  it('leaves out the one value that PyTorch clamps to the bound, and nothing else', () => {
    const golden = sample(INITIALISERS.wide!, 1);
    golden[7] = -2;
    expect(agree(sample(INITIALISERS.wide!, 0), golden, INITIALISERS.wide!)).toBe(true);
    golden[8] = -1.5;
    expect(agree(sample(INITIALISERS.wide!, 0), golden, INITIALISERS.wide!)).toBe(false);
  });
});
