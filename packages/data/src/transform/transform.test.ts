import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createRandom } from '../random/random.ts';
import { testPixels } from '../testing/image-files.ts';
import { randomCropBox } from './random-resized-crop.ts';
import { planResizeCenterCrop } from './resize-center-crop.ts';
import { applyTransform, evalTransform, trainTransform } from './transform.ts';

const CROP = { type: 'random-resized-crop', size: 32, scale: [0.2, 1], ratio: [3 / 4, 4 / 3], flip: 0.5 } as const;
const side = fc.integer({ min: 1, max: 400 });

describe('randomCropBox', () => {
  it('lies inside the image, with area and ratio in range', () => {
    fc.assert(
      fc.property(side, side, fc.nat(), (width, height, seed) => {
        const box = randomCropBox(width, height, CROP, createRandom(seed));
        expect(box.left >= 0 && box.left + box.width <= width && box.width > 0).toBe(true);
        expect(box.top >= 0 && box.top + box.height <= height && box.height > 0).toBe(true);
        if (Math.min(width, height) < 100 || Math.max(width, height) > 2 * Math.min(width, height)) return;
        // Sides are rounded to pixels: at 40 pixels that is about 3 % of area and ratio.
        const [area, ratio] = [(box.width * box.height) / (width * height), box.width / box.height];
        expect(area > 0.19 && area <= 1 && ratio > 0.72 && ratio < 1.39).toBe(true);
      }),
    );
  });

  it('covers the whole range of areas evenly', () => {
    const areas = Array.from({ length: 2000 }, (_, i) => {
      const box = randomCropBox(1000, 1000, { ...CROP, ratio: [1, 1] }, createRandom(0, 0, i));
      return (box.width * box.height) / 1e6;
    });
    // Uniform on [0.2, 1]: mean 0.6, standard error 0.005.
    expect(Math.abs(areas.reduce((a, b) => a + b, 0) / 2000 - 0.6)).toBeLessThan(0.02);
  });

  it('falls back to the central box of a nearly fitting ratio', () => {
    expect(randomCropBox(300, 10, { ...CROP, scale: [1, 1] }, createRandom(0))).toEqual({
      left: 143,
      top: 0,
      width: 13,
      height: 10,
    });
    expect(randomCropBox(9, 200, { ...CROP, scale: [1, 1] }, createRandom(0))).toEqual({
      left: 0,
      top: 94,
      width: 9,
      height: 12,
    });
  });
});

describe('planResizeCenterCrop', () => {
  it('follows torchvision: longer side floored, halves rounded to even', () => {
    const plan = planResizeCenterCrop(83, 61, { type: 'resize-center-crop', size: 32, resize: 36 });
    expect([plan.outWidth, plan.outHeight]).toEqual([48, 36]);
    expect(plan.window).toEqual({ left: 8, top: 2, width: 32, height: 32 });
    const offsets = [33, 35, 37].map(
      (width) => planResizeCenterCrop(width, 32, { type: 'resize-center-crop', size: 32, resize: 32 }).window!.left,
    );
    // (33 − 32)/2 = 0.5 → 0, 1.5 → 2, 2.5 → 2.
    expect(offsets).toEqual([0, 2, 2]);
  });

  it('defaults to whole tiny images and 256 for 224', () => {
    expect(evalTransform(32)).toMatchObject({ size: 32, resize: 32 });
    expect(evalTransform(224)).toMatchObject({ size: 224, resize: 256 });
  });
});

describe('applyTransform', () => {
  const image = { pixels: testPixels(40, 30, 2), width: 40, height: 30 };

  it('depends on seed, epoch and sample alone, also after a trip through JSON', () => {
    const spec = trainTransform(16);
    const first = applyTransform(image, spec, { seed: 1, epoch: 2, sample: 3 });
    const copy = JSON.parse(JSON.stringify(spec));
    expect(applyTransform(image, copy, { seed: 1, epoch: 2, sample: 3 })).toEqual(first);
    for (const key of [
      { seed: 2, epoch: 2, sample: 3 },
      { seed: 1, epoch: 3, sample: 3 },
      { seed: 1, epoch: 2, sample: 4 },
    ]) {
      expect(applyTransform(image, spec, key)).not.toEqual(first);
    }
  });

  it('mirrors with the given probability', () => {
    const whole = { scale: [1, 1], ratio: [1, 1] } as const;
    const square = { pixels: testPixels(8, 8, 0), width: 8, height: 8 };
    const count = (flip: number) =>
      Array.from({ length: 200 }, (_, sample) =>
        applyTransform(square, trainTransform(8, { ...whole, flip }), { seed: 0, epoch: 0, sample }),
      ).filter((out) => out[0] !== square.pixels[0]).length;
    expect(count(0)).toBe(0);
    expect(count(1)).toBe(200);
    expect(Math.abs(count(0.5) - 100)).toBeLessThan(30);
  });

  it('refuses impossible specifications', () => {
    expect(() => trainTransform(0)).toThrow('size must be a positive integer, got 0');
    expect(() => trainTransform(32, { scale: [0.5, 1.5] })).toThrow('scale must be a range in (0, 1]');
    expect(() => trainTransform(32, { ratio: [2, 1] })).toThrow('ratio must be a range');
    expect(() => evalTransform(224, 200)).toThrow('resize must be an integer of at least size (224), got 200');
  });
});
