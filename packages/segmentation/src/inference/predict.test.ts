import { describe, expect, it } from '@jest/globals';
import { createRandom, type Image } from '@mfm/data';
import { largestClass, type Planes, resizePlanes } from './planes.ts';
import { type PredictOptions, predictMask } from './predict.ts';
import type { WindowModel } from './window-model.ts';
import { planWindows } from './windows.ts';

const FILL = [9, 9, 9] as const;

/** A model whose logits of a cell are a function of its pixels' mean colour, at a fraction of the size; it keeps what it was given. */
function colourModel(side: number | undefined, shrink = 1, batchSize = 3) {
  const given: { count: number; height: number; width: number; pixels: Uint8Array }[] = [];
  const model: WindowModel = {
    ...{ classCount: 3, side, batchSize, fill: FILL },
    async run(pixels, count, height, width) {
      given.push({ count, height, width, pixels });
      const [h, w] = [height / shrink, width / shrink];
      return Array.from({ length: count }, (_, n): Planes => {
        const values = new Float32Array(3 * h * w);
        for (let y = 0; y < height; y++) {
          for (let x = 0; x < width; x++) {
            const cell = Math.floor(y / shrink) * w + Math.floor(x / shrink);
            for (let c = 0; c < 3; c++) {
              values[c * h * w + cell]! += pixels[((n * height + y) * width + x) * 3 + c]! / (50 * shrink ** 2);
            }
          }
        }
        return { values, classCount: 3, height: h, width: w };
      });
    },
  };
  return { model, given };
}

function randomImage(width: number, height: number): Image {
  const random = createRandom(5);
  return { pixels: Uint8Array.from({ length: width * height * 3 }, () => random.integer(256)), width, height };
}

/** The strongest colour of every pixel. */
const strongest = ({ pixels }: Image): number[] =>
  Array.from({ length: pixels.length / 3 }, (_, i) => {
    const [r, g, b] = [pixels[3 * i]!, pixels[3 * i + 1]!, pixels[3 * i + 2]!];
    return r >= g && r >= b ? 0 : g >= b ? 1 : 2;
  });

const SLIDE: PredictOptions = { mode: 'slide', crop: 16, stride: 11 };

describe('planWindows', () => {
  it('places windows as mmsegmentation: 512 and 341 on 683 × 512', () => {
    expect(planWindows(683, 512, 512, 341)).toEqual([
      { left: 0, top: 0 },
      { left: 171, top: 0 },
    ]);
    expect(planWindows(1024, 853, 512, 341).map(({ left, top }) => `${left},${top}`)).toEqual([
      '0,0',
      '341,0',
      '512,0',
      '0,341',
      '341,341',
      '512,341',
    ]);
    expect(planWindows(100, 64, 64, 43).map(({ left }) => left)).toEqual([0, 36]);
    expect(planWindows(10, 64, 64, 43)).toEqual([{ left: 0, top: 0 }]);
  });

  it('leaves no pixel out', () => {
    for (const length of [3, 16, 17, 26, 27, 28, 49, 50, 51]) {
      const covered = new Set(
        planWindows(length, 1, 16, 11).flatMap(({ left }) => Array.from({ length: 16 }, (_, i) => left + i)),
      );
      for (let x = 0; x < length; x++) expect(covered.has(x)).toBe(true);
    }
  });
});

describe('resizePlanes', () => {
  it('is torch’s interpolate(mode="bilinear", align_corners=False)', () => {
    const planes = { values: Float32Array.from([0, 1, 2, 4, 6, 8]), classCount: 1, height: 2, width: 3 };
    // Cells' places along rows (i + 0.5) / 2 − 0.5, along columns (i + 0.5) · 3 / 4 − 0.5, both held within the plane.
    const at = (y: number, place: number) => {
      const x = Math.min(2, place);
      const first = Math.min(2, Math.floor(x));
      const [a, b] = [planes.values[3 * y + first]!, planes.values[3 * y + Math.min(2, first + 1)]!];
      return a + (x - first) * (b - a);
    };
    const expected = [0, 0.25, 0.75, 1].flatMap((y) =>
      [0, 0.625, 1.375, 2.125].map((x) => (1 - y) * at(0, x) + y * at(1, x)),
    );
    expect(resizePlanes(planes, 4, 4).values).toBeAllclose(expected);
  });

  it('gives the first of equal classes', () => {
    expect([
      ...largestClass({ values: Float32Array.from([1, 2, 1, 3]), classCount: 2, height: 1, width: 2 }, 1, 2),
    ]).toEqual([0, 1]);
  });
});

describe('predictMask', () => {
  it('sees every pixel where it is, in overlapping windows and at once', async () => {
    const image = randomImage(37, 23);
    const expected = strongest(image);
    const { model, given } = colourModel(undefined);
    expect([...(await predictMask(model, image, SLIDE))]).toEqual(expected);
    expect(given.map(({ count }) => count)).toEqual([3, 3]);
    expect([...(await predictMask(model, image, { ...SLIDE, mode: 'whole' }))]).toEqual(expected);
    expect(given.at(-1)).toMatchObject({ count: 1, height: 32, width: 64 });
  });

  it('gives a window beyond a small image the border’s colour', async () => {
    const { model, given } = colourModel(16);
    const image = randomImage(5, 40);
    expect([...(await predictMask(model, image, SLIDE))]).toEqual(strongest(image));
    expect([...given[0]!.pixels.subarray(3 * 5, 3 * 7)]).toEqual([9, 9, 9, 9, 9, 9]);
  });

  it('mirrors what it predicts of the mirrored image back', async () => {
    const image = randomImage(20, 18);
    const { model } = colourModel(undefined);
    expect([...(await predictMask(model, image, { ...SLIDE, flip: true }))]).toEqual(strongest(image));
  });

  it('brings small logits, other scales and stretched images back to the image’s pixels', async () => {
    // Three vertical bands: boundaries may move by a cell, nothing else.
    const [width, height] = [96, 64];
    const band = (i: number) => Math.floor((3 * (i % width)) / width);
    const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) =>
      i % 3 === band(Math.floor(i / 3)) ? 200 : 20,
    );
    const image = { pixels, width, height };
    const settings: [WindowModel, PredictOptions][] = [
      [colourModel(32, 4).model, { mode: 'slide', crop: 32, stride: 21 }],
      [
        colourModel(32, 4).model,
        { mode: 'slide', crop: 32, stride: 21, fit: { short: 48, long: 200 }, scales: [0.75, 1.25], flip: true },
      ],
      [colourModel(32, 2).model, { mode: 'whole', crop: 32, stride: 21 }],
      [colourModel(undefined, 4).model, { mode: 'whole', crop: 32, stride: 21, fit: { short: 50, long: 70 } }],
    ];
    for (const [model, options] of settings) {
      const mask = await predictMask(model, image, options);
      expect(mask).toHaveLength(width * height);
      const far = Array.from(mask, (label, i) => {
        const toBorder = Math.min(Math.abs((i % width) - 32), Math.abs((i % width) - 64));
        return label !== band(i) && toBorder > 5;
      });
      expect(far.filter(Boolean)).toHaveLength(0);
    }
  });
});
