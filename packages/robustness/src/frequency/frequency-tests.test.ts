import { describe, expect, it } from '@jest/globals';
import { FREQUENCY_TESTS, filterRadii, findFrequencyTest } from './frequency-tests.ts';

const settings = { side: 32, seed: 1, shapes: ['disc', 'square'] as const };

describe('FREQUENCY_TESTS', () => {
  it('has the radii of the issue at 224 px, the same share of the spectrum elsewhere', () => {
    expect(filterRadii(224)).toEqual([4, 8, 16, 24, 32, 48, 64, 96, 112]);
    expect(filterRadii(32)[2]).toBe(2.29);
    expect(filterRadii(32)[8]).toBe(16);
  });

  it('gives every test an id and settings of its own', async () => {
    const tests = FREQUENCY_TESTS.flatMap((family) => family.tests(settings));
    expect(tests).toHaveLength(2 * 9 + 2 * 2 * 9 + 1 + 5 * 4);
    expect(new Set(tests.map(({ id }) => id)).size).toBe(tests.length);
    expect(new Set(tests.map((test) => JSON.stringify(test.settings))).size).toBe(tests.length);
  });

  it('makes float images of bytes', async () => {
    const pixels = new Uint8Array(2 * 32 * 32 * 3).fill(51);
    const keys = { labels: Int32Array.of(1, 2), indices: Int32Array.of(0, 1) };
    const batch = { kind: 'pixels' as const, pixels, shape: [2, 32, 32, 3] as const, ...keys };
    for (const family of FREQUENCY_TESTS) {
      const shown = await family.tests(settings)[0]!.transform(batch);
      expect(shown).toMatchObject({ kind: 'images', shape: [2, 3, 32, 32], ...keys });
    }
  });

  it('offers the nearest of an unknown name', () => {
    expect(() => findFrequencyTest('lowpass')).toThrow('low-pass');
  });
});
