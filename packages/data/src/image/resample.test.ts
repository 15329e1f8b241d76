import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { testPixels } from '../testing/image-files.ts';
import { resample, resizeBicubic } from './resample.ts';
import type { ResampleFilter } from './resample-filter.ts';

/** Antialiased bicubic (a = −0.5) along x in floating point, straight from the definition. */
function referenceRow(row: readonly number[], outSize: number): number[] {
  const scale = row.length / outSize;
  const stretch = Math.max(1, scale);
  const cubic = (x: number) => {
    const t = Math.abs(x);
    if (t < 1) return 1.5 * t ** 3 - 2.5 * t ** 2 + 1;
    return t < 2 ? -0.5 * t ** 3 + 2.5 * t ** 2 - 4 * t + 2 : 0;
  };
  return Array.from({ length: outSize }, (_, i) => {
    const weights = row.map((_, x) => cubic((x + 0.5 - (i + 0.5) * scale) / stretch));
    const total = weights.reduce((a, b) => a + b, 0);
    const sum = weights.reduce((acc, w, x) => acc + w * row[x]!, 0) / total;
    return Math.min(255, Math.max(0, sum));
  });
}

const grey = (row: readonly number[]) => Uint8Array.from(row.flatMap((v) => [v, v, v]));
const red = (pixels: Uint8Array) => [...pixels].filter((_, i) => i % 3 === 0);
const sizes = fc.record({ width: fc.integer({ min: 1, max: 24 }), height: fc.integer({ min: 1, max: 24 }) });

interface PillowCase {
  name: string;
  filter: ResampleFilter;
  width: number;
  height: number;
  input: string[];
  output: string[];
}

const PILLOW: { cases: PillowCase[] } = JSON.parse(
  readFileSync(new URL('./pillow-resize.golden.json', import.meta.url), 'utf8'),
);

describe('resample', () => {
  it.each(PILLOW.cases)('$name, $filter: gives the bytes of Pillow', ({ filter, width, height, input, output }) => {
    const pixels = grey([...Buffer.from(input.join(''), 'base64')]);
    const box = { left: 0, top: 0, width, height };
    const got = resample({ pixels, width, height }, { box, outWidth: 32, outHeight: 32, filter });
    expect(red(got)).toEqual([...Buffer.from(output.join(''), 'base64')]);
  });

  it.each([
    ['halves', 16, 8],
    ['shrinks by an odd factor', 23, 7],
    ['enlarges', 9, 21],
    ['keeps one column', 12, 1],
  ])('%s as the definition says', (_, inSize, outSize) => {
    const row = Array.from({ length: inSize }, (_, x) => (x * 89 + 17 * x * x) & 0xff);
    const box = { left: 0, top: 0, width: inSize, height: 1 };
    const got = red(resizeBicubic(grey(row), inSize, 1, box, outSize, 1));
    // 8-bit rounding.
    expect(got).toBeAllclose(referenceRow(row, outSize), { rtol: 0, atol: 0.5001 });
  });

  it('clips the overshoot of a step to the range of bytes', () => {
    const step = [0, 0, 0, 0, 255, 255, 255, 255];
    const row = red(resizeBicubic(grey(step), 8, 1, { left: 0, top: 0, width: 8, height: 1 }, 4, 1));
    expect(row).toEqual(referenceRow(step, 4).map(Math.round));
    const steep = [10, 10, 200, 200];
    const up = red(resizeBicubic(grey(steep), 4, 1, { left: 0, top: 0, width: 4, height: 1 }, 8, 1));
    expect(up).toEqual(referenceRow(steep, 8).map(Math.round));
  });

  it('leaves an image at its own size as it is, for any box', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), fc.nat(), ({ width, height }, a, b) => {
        const pixels = testPixels(30, 30, a);
        const box = { left: a % (31 - width), top: b % (31 - height), width, height };
        const out = resample({ pixels, width: 30, height: 30 }, { box, outWidth: width, outHeight: height });
        for (let y = 0; y < height; y++) {
          const start = ((box.top + y) * 30 + box.left) * 3;
          expect(out.subarray(y * width * 3, (y + 1) * width * 3)).toEqual(pixels.slice(start, start + width * 3));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('keeps a flat image flat and does not see beyond the box', () => {
    const pixels = new Uint8Array(20 * 20 * 3).fill(255);
    for (let y = 5; y < 15; y++) pixels.fill(77, (y * 20 + 5) * 3, (y * 20 + 15) * 3);
    const box = { left: 5, top: 5, width: 10, height: 10 };
    for (const size of [3, 7, 32]) {
      expect(new Set(resizeBicubic(pixels, 20, 20, box, size, size))).toEqual(new Set([77]));
    }
  });

  it('computes a window as if the whole had been computed', () => {
    fc.assert(
      fc.property(sizes, sizes, fc.boolean(), (input, output, flip) => {
        const image = { pixels: testPixels(input.width, input.height, 3), ...input };
        const plan = { box: { left: 0, top: 0, ...input }, outWidth: output.width, outHeight: output.height };
        const whole = resample(image, plan);
        const window = { left: output.width >> 1, top: output.height >> 1, width: 1, height: 1 };
        const at = (window.top * output.width + window.left) * 3;
        expect(resample(image, { ...plan, window, flip })).toEqual(whole.slice(at, at + 3));
      }),
      { numRuns: 50 },
    );
  });

  it('mirrors after resizing', () => {
    const image = { pixels: testPixels(9, 6, 1), width: 9, height: 6 };
    const plan = { box: { left: 1, top: 0, width: 7, height: 6 }, outWidth: 5, outHeight: 4 };
    const [plain, flipped] = [resample(image, plan), resample(image, { ...plan, flip: true })];
    for (let y = 0; y < 4; y++) {
      for (let x = 0; x < 5; x++) {
        const [a, b] = [(y * 5 + x) * 3, (y * 5 + 4 - x) * 3];
        expect(flipped.slice(b, b + 3)).toEqual(plain.slice(a, a + 3));
      }
    }
  });

  it('refuses a box outside the image', () => {
    const image = { pixels: testPixels(4, 4, 0), width: 4, height: 4 };
    const box = { left: 2, top: 0, width: 3, height: 4 };
    expect(() => resample(image, { box, outWidth: 2, outHeight: 2 })).toThrow(
      'the box must lie inside the 4×4 image, got 3×4 at (2, 0)',
    );
  });
});
