import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { resample } from '../image/resample.ts';
import { createRandom } from '../random/random.ts';
import { testPixels } from '../testing/image-files.ts';
import { planCenterCrop } from './center-crop.ts';
import { evalTransform, finetuneTransform, trainTransform } from './create-transform.ts';
import { randomCropBox } from './random-resized-crop.ts';
import { planResizeCenterCrop } from './resize-center-crop.ts';
import { applyTransform, type TransformSpec } from './transform.ts';

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

  it('cuts a crop that does not fit to the image when asked to: one draw, no central box', () => {
    const wide = { ...CROP, scale: [1, 1], ratio: [3, 3], clamp: true } as const;
    // √3·100 = 173 by 58 of a square of 100.
    expect(randomCropBox(100, 100, wide, createRandom(0))).toMatchObject({ left: 0, width: 100, height: 58 });
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

describe('planCenterCrop', () => {
  it('takes the middle pixels as they are, and needs enough of them', () => {
    const pixels = Uint8Array.from({ length: 7 * 5 * 3 }, (_, i) => (i * 37) & 0xff);
    const spec: TransformSpec = { type: 'center-crop', size: 3 };
    const result = applyTransform({ pixels, width: 7, height: 5 }, spec, { seed: 0, epoch: 0, sample: 0 });
    const rows = [1, 2, 3].map((y) => pixels.subarray((y * 7 + 2) * 3, (y * 7 + 5) * 3));
    expect([...result]).toEqual(rows.flatMap((row) => [...row]));
    expect(() => planCenterCrop(7, 5, { type: 'center-crop', size: 6 })).toThrow(/at least 6×6, got 7×5/);
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

  it('crops with the interpolation asked for', () => {
    const pixels = Uint8Array.from({ length: 30 * 20 * 3 }, (_, i) => (i * 7919) % 256);
    const image = { pixels, width: 30, height: 20 };
    const key = { seed: 1, epoch: 0, sample: 3 };
    const bilinear = applyTransform(image, trainTransform(8, { interpolation: 'bilinear' }), key);
    expect(bilinear).not.toEqual(applyTransform(image, trainTransform(8), key));
    const whole = { scale: [1, 1], ratio: [1, 1], flip: 0, interpolation: 'bilinear' } as const;
    const square = { pixels: pixels.subarray(0, 20 * 20 * 3), width: 20, height: 20 };
    const expected = applyTransform(square, evalTransform(8, { crop: false, interpolation: 'bilinear' }), key);
    expect(applyTransform(square, trainTransform(8, whole), key)).toEqual(expected);
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

describe('finetuneTransform', () => {
  const image = { pixels: testPixels(60, 50, 4), width: 60, height: 50 };
  const key = { seed: 3, epoch: 1, sample: 8 };

  it('has the official defaults', () => {
    expect(finetuneTransform(224)).toEqual({
      type: 'finetune',
      size: 224,
      scale: [0.08, 1],
      ratio: [3 / 4, 4 / 3],
      flip: 0.5,
      interpolation: 'bicubic',
      fill: [124, 116, 104],
      randAugment: { magnitude: 9, std: 0.5, numLayers: 2, increasing: true },
    });
    expect(finetuneTransform(32)).toMatchObject({ padding: 4 });
    expect(finetuneTransform(32, { padding: null })).not.toHaveProperty('padding');
    expect(finetuneTransform(64, { randAugment: 'none' })).toMatchObject({ colourJitter: 0.4 });
  });

  it('is the pre-training transform when nothing is augmented', () => {
    const plain = finetuneTransform(40, { randAugment: 'none', colourJitter: 0, scale: [0.2, 1] });
    for (let sample = 0; sample < 8; sample++) {
      expect(applyTransform(image, plain, { ...key, sample })).toEqual(
        applyTransform(image, trainTransform(40), { ...key, sample }),
      );
    }
  });

  it.each([
    ['RandAugment', {}],
    ['colour jitter', { randAugment: 'none' }],
    ['either interpolation', { interpolation: 'random' }],
    ['a padded crop', { padding: 5 }],
  ] as const)(
    'with %s depends on the key alone, also after a trip through JSON, and writes into `out`',
    (_, options) => {
      const spec = finetuneTransform(48, options);
      const first = applyTransform(image, spec, key);
      const out = new Uint8Array(48 * 48 * 3);
      expect(applyTransform(image, JSON.parse(JSON.stringify(spec)), key, out)).toBe(out);
      expect(out).toEqual(first);
      expect(applyTransform(image, spec, { ...key, sample: 9 })).not.toEqual(first);
    },
  );

  it('leaves the source image as it is', () => {
    const before = image.pixels.slice();
    for (let sample = 0; sample < 20; sample++) applyTransform(image, finetuneTransform(48), { ...key, sample });
    expect(image.pixels).toEqual(before);
  });

  it('cuts a padded crop out of the image with its black border', () => {
    const small = { pixels: testPixels(10, 8, 1).map((v) => v | 1), width: 10, height: 8 };
    const spec = finetuneTransform(8, { randAugment: 'none', colourJitter: 0, padding: 2 });
    const seen = new Set<string>();
    for (let sample = 0; sample < 300; sample++) {
      const out = applyTransform(small, spec, { ...key, sample });
      // Found again by trying every place and direction.
      const places = [];
      for (let top = -2; top <= 2; top++) {
        for (let left = -2; left <= 4; left++) {
          for (const mirror of [false, true]) {
            const matches = out.every((v, i) => {
              const [x, y] = [Math.floor(i / 3) % 8, Math.floor(i / 24)];
              const [sx, sy] = [left + (mirror ? 7 - x : x), top + y];
              const inside = sx >= 0 && sx < 10 && sy >= 0 && sy < 8;
              return v === (inside ? small.pixels[(sy * 10 + sx) * 3 + (i % 3)] : 0);
            });
            if (matches) places.push(`${top} ${left} ${mirror}`);
          }
        }
      }
      expect(places).toHaveLength(1);
      seen.add(places[0]!);
    }
    // 5 · 7 · 2 places: 300 draws leave about one of them out.
    expect(seen.size).toBeGreaterThan(60);
    expect(() => applyTransform(small, finetuneTransform(16, { padding: 3 }), key)).toThrow(
      'an image padded by 3 must be at least 16×16, got 10×8',
    );
  });

  it('refuses impossible options', () => {
    expect(() => finetuneTransform(0)).toThrow('finetuneTransform: size must be a positive integer, got 0');
    expect(() => finetuneTransform(64, { randAugment: 'rand-x1' })).toThrow('got "x1"');
    expect(() => finetuneTransform(64, { colourJitter: -1 })).toThrow('colourJitter must be at least 0, got -1');
    expect(() => finetuneTransform(64, { padding: -1 })).toThrow('padding must be an integer of at least 0');
    expect(() => finetuneTransform(64, { flip: 2 })).toThrow('flip must be in [0, 1], got 2');
  });
});

describe('evalTransform', () => {
  const image = { pixels: testPixels(60, 50, 4), width: 60, height: 50 };
  const key = { seed: 0, epoch: 0, sample: 0 };
  const whole = { left: 0, top: 0, width: 60, height: 50 };

  it('takes the shorter side as a length, as a ratio, or from the size', () => {
    expect(evalTransform(224, { cropRatio: 0.9 })).toMatchObject({ resize: 248 });
    expect(evalTransform(224, { resize: 230 })).toMatchObject({ resize: 230 });
    expect(evalTransform(96, {})).toMatchObject({ resize: 109 });
    expect(evalTransform(224)).toEqual({ type: 'resize-center-crop', size: 224, resize: 256 });
    expect(() => evalTransform(224, { cropRatio: 1.5 })).toThrow('cropRatio must be in (0, 1], got 1.5');
  });

  it('resizes the whole image where nothing is cropped', () => {
    const out = applyTransform(image, evalTransform(40, { crop: false }), key);
    expect(out).toEqual(resample(image, { box: whole, outWidth: 40, outHeight: 40 }));
  });

  it('interpolates as asked', () => {
    for (const crop of [true, false]) {
      const bilinear = applyTransform(image, evalTransform(40, { crop, resize: 40, interpolation: 'bilinear' }), key);
      expect(bilinear).not.toEqual(applyTransform(image, evalTransform(40, { crop, resize: 40 }), key));
    }
    const out = applyTransform(image, evalTransform(40, { crop: false, interpolation: 'bilinear' }), key);
    expect(out).toEqual(resample(image, { box: whole, outWidth: 40, outHeight: 40, filter: 'bilinear' }));
  });
});
