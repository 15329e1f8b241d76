import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { goldenDraws, goldenImage, type Pattern } from '../testing/golden-image.ts';
import type { Interpolation } from './affine.ts';
import { jitterColour } from './colour-jitter.ts';
import { INCREASING_OPERATIONS, OPERATIONS } from './operation-table.ts';

interface OperationCase {
  operation: string;
  pattern: Pattern;
  argument: number;
  interpolation: Interpolation;
  size?: number;
  bytes: string;
  sha256: string;
}

const GOLDEN: {
  operations: OperationCase[];
  jitters: { order: number[]; seed: number; bytes: string }[];
} = JSON.parse(readFileSync(new URL('./golden/operations.golden.json', import.meta.url), 'utf8'));

const FILL = [124, 116, 104] as const;
const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64'));
const sha256 = (pixels: Uint8Array) => createHash('sha256').update(pixels).digest('hex');

describe('OPERATIONS', () => {
  it.each(GOLDEN.operations)(
    '$operation by $argument of "$pattern", $interpolation: gives the bytes of timm on Pillow',
    (golden) => {
      const { operation, pattern, argument, interpolation, size } = golden;
      const settings = { interpolation, fill: FILL };
      const small = goldenImage(pattern, size ?? 19, size ?? 17);
      OPERATIONS[operation]!.apply(small, argument, settings);
      expect(small.pixels).toEqual(bytes(golden.bytes));
      const large = goldenImage(pattern, 224, 224);
      OPERATIONS[operation]!.apply(large, argument, settings);
      expect(sha256(large.pixels)).toBe(golden.sha256);
    },
  );

  it('has the names of timm in its order', () => {
    const names = Object.keys(INCREASING_OPERATIONS);
    expect(names.slice(0, 6)).toEqual([
      'AutoContrast',
      'Equalize',
      'Invert',
      'Rotate',
      'PosterizeIncreasing',
      'SolarizeIncreasing',
    ]);
    expect(names.slice(6)).toEqual([
      'SolarizeAdd',
      'ColorIncreasing',
      'ContrastIncreasing',
      'BrightnessIncreasing',
      'SharpnessIncreasing',
      'ShearX',
      'ShearY',
      'TranslateXRel',
      'TranslateYRel',
    ]);
    expect(Object.keys(OPERATIONS)).toEqual(names.map((name) => name.replace('Increasing', '')));
  });

  it.each([
    ['Posterize', 10, 4],
    ['PosterizeIncreasing', 10, 0],
    ['PosterizeIncreasing', 9, 1],
    ['Solarize', 9, 230],
    ['SolarizeIncreasing', 9, 26],
    ['SolarizeAdd', 9, 99],
    ['Brightness', 0, 0.1],
    ['Rotate', 10, -30],
    ['BrightnessIncreasing', 10, 0.1],
  ])('%s at magnitude %d has the argument %d', (name, magnitude, argument) => {
    const negative = { ...goldenDraws(0), uniform: () => 0.9 };
    const operation = { ...OPERATIONS, ...INCREASING_OPERATIONS }[name]!;
    expect(operation.argument(magnitude, negative)).toBeCloseTo(argument, 12);
  });
});

describe('jitterColour', () => {
  it.each(GOLDEN.jitters)('in the order $order gives the bytes of Pillow', ({ order, seed, bytes: expected }) => {
    const image = goldenImage('noise', 19, 17);
    jitterColour(image, 0.4, goldenDraws(seed, order));
    expect(image.pixels).toEqual(bytes(expected));
  });
});
