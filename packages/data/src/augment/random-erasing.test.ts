import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createRandom } from '../random/random.ts';
import { goldenDraws } from '../testing/golden-image.ts';
import { type EraseMode, eraseRandomly } from './random-erasing.ts';

interface ErasureCase {
  mode: EraseMode;
  count: number;
  seed: number;
  erased: number;
  sha256: string;
}

const GOLDEN: { erasures: ErasureCase[] } = JSON.parse(
  readFileSync(new URL('./golden/policies.golden.json', import.meta.url), 'utf8'),
);

describe('eraseRandomly', () => {
  it.each(GOLDEN.erasures)('$mode × $count: draw $seed erases the $erased pixels of timm', (golden) => {
    const image = Float32Array.from({ length: 3 * 16 * 16 }, (_, i) => i / 64 + 10);
    const { mode, count, seed } = golden;
    eraseRandomly(image, 16, { probability: 0.7, mode, count }, goldenDraws(seed));
    expect(image.subarray(0, 256).filter((v) => v < 10)).toHaveLength(golden.erased);
    expect(createHash('sha256').update(Buffer.from(image.buffer)).digest('hex')).toBe(golden.sha256);
  });

  it('replaces one rectangle of bounded area in all channels, and nothing else', () => {
    const modes = fc.constantFrom<EraseMode>('const', 'rand', 'pixel');
    fc.assert(
      fc.property(modes, fc.integer({ min: 8, max: 40 }), fc.nat(), (mode, size, seed) => {
        const length = size * size;
        const image = new Float32Array(3 * length).fill(1000);
        eraseRandomly(image, size, { probability: 1, mode }, createRandom(seed));
        const changed = (c: number) =>
          [...image.subarray(c * length, (c + 1) * length).entries()].filter(([, v]) => v !== 1000).map(([i]) => i);
        const erased = changed(0);
        expect(changed(1)).toEqual(erased);
        expect(changed(2)).toEqual(erased);
        const [xs, ys] = [erased.map((i) => i % size), erased.map((i) => Math.floor(i / size))];
        const width = Math.max(...xs) - Math.min(...xs) + 1;
        const height = Math.max(...ys) - Math.min(...ys) + 1;
        if (erased.length > 0) expect(erased).toHaveLength(width * height);
        // Rounding either side changes the area by at most half of both sides and a quarter.
        expect(erased.length).toBeLessThanOrEqual(length / 3 + (width + height) / 2 + 0.25);
      }),
    );
  });

  it('erases with its probability', () => {
    const erased = Array.from({ length: 1000 }, (_, sample) => {
      const image = new Float32Array(3 * 64).fill(5);
      return eraseRandomly(image, 8, { mode: 'const' }, createRandom(0, 0, sample)).includes(0) ? 1 : 0;
    });
    // A quarter: standard deviation 14.
    expect(Math.abs(erased.reduce<number>((a, b) => a + b, 0) - 250)).toBeLessThan(56);
  });

  it('refuses what cannot be erased', () => {
    const image = new Float32Array(3 * 64);
    const random = createRandom(0);
    expect(() => eraseRandomly(image, 9, {}, random)).toThrow('an image must be [3, 9, 9], got 192 values');
    expect(() => eraseRandomly(image, 8, { mode: 'x' as EraseMode }, random)).toThrow('one of const, rand, pixel');
    expect(() => eraseRandomly(image, 8, { count: 0 }, random)).toThrow('count must be a positive integer, got 0');
  });
});
