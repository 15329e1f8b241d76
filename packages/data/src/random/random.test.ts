import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createRandom } from './random.ts';

const draw = (random: ReturnType<typeof createRandom>, n: number) => Array.from({ length: n }, () => random.uniform());

describe('createRandom', () => {
  it('is a pure function of seed and keys', () => {
    const keys = fc.tuple(fc.maxSafeNat(), fc.nat(), fc.nat(), fc.string());
    fc.assert(
      fc.property(keys, ([seed, epoch, sample, purpose]) => {
        const first = draw(createRandom(seed, epoch, sample, purpose), 7);
        expect(draw(createRandom(seed, epoch, sample, purpose), 7)).toEqual(first);
        expect(first.every((u) => u >= 0 && u < 1)).toBe(true);
      }),
    );
  });

  it('gives another stream for another seed, epoch, sample or purpose', () => {
    const streams = [
      createRandom(1, 2, 3, 'crop'),
      createRandom(2, 2, 3, 'crop'),
      createRandom(1 + 2 ** 32, 2, 3, 'crop'),
      createRandom(1, 3, 3, 'crop'),
      createRandom(1, 2, 4, 'crop'),
      createRandom(1, 3, 2, 'crop'),
      createRandom(1, 2, 3, 'mask'),
    ];
    expect(new Set(streams.map((random) => random.uniform())).size).toBe(streams.length);
  });

  it('has the moments of its distributions', () => {
    const n = 20_000;
    const random = createRandom(7);
    const uniforms = draw(random, n);
    const normals = Array.from({ length: n }, () => random.normal());
    const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / n;
    const variance = (values: number[]) => mean(values.map((v) => (v - mean(values)) ** 2));
    // Three to four standard errors of each estimate at n = 20,000.
    expect(Math.abs(mean(uniforms) - 0.5)).toBeLessThan(0.008);
    expect(Math.abs(variance(uniforms.slice(0, n)) - 1 / 12)).toBeLessThan(0.002);
    expect(Math.abs(mean(normals))).toBeLessThan(0.028);
    expect(Math.abs(mean(normals.map((v) => v * v)) - 1)).toBeLessThan(0.04);
    expect(Math.abs(mean(normals.map((v) => v ** 3)))).toBeLessThan(0.11);
  });

  it('spreads integers evenly and permutes without loss', () => {
    const random = createRandom(3, 'order');
    const counts = new Array(10).fill(0);
    for (let i = 0; i < 10_000; i++) counts[random.integer(10)]++;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(120);
    const order = random.permutation(1000);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect([...order.slice(0, 5)]).not.toEqual([0, 1, 2, 3, 4]);
    expect(random.permutation(0)).toHaveLength(0);
  });

  it('refuses seeds and keys outside their range', () => {
    expect(() => createRandom(-1)).toThrow('seed must be an integer in [0, 2^53), got -1');
    expect(() => createRandom(0.5)).toThrow('got 0.5');
    expect(() => createRandom(0, 2 ** 32)).toThrow('a key must be');
    expect(() => createRandom(0, 1, 2, 3, 4)).toThrow('at most 3 keys');
  });
});
