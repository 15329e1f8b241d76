import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import { createRandom } from '@mfm/data';
import { corruptFrequencies, frequencyMask } from '@mfm/models';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import type { ImageBatch } from '../evaluate/test-batch.ts';
import { filterPlanes, lowPassMask, passFilter } from './pass-filter.ts';

beforeAll(() => tf.setBackend('cpu'));

function randomImages(side: number, count = 1, seed = 3): ImageBatch {
  const random = createRandom(seed);
  return {
    kind: 'images',
    images: Float32Array.from({ length: count * 3 * side * side }, () => random.uniform()),
    shape: [count, 3, side, side],
    labels: new Int32Array(count),
    indices: new Int32Array(count),
  };
}

describe('lowPassMask', () => {
  // Counts of the official implementation's masks.
  it.each([
    [32, 8, 193],
    [33, 5, 69],
    [64, 12, 437],
    [224, 16, 793],
  ])('of %d px and radius %d is the mask of MFM', (side, radius, ones) => {
    const mask = lowPassMask(side, 'disc', radius);
    expect(mask).toEqual(frequencyMask(side, radius));
    expect(mask.reduce((sum, value) => sum + value, 0)).toBe(ones);
  });

  it('is the mask of MFM at any side and radius', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.double({ min: 0, max: 30, noNaN: true }), (side, radius) => {
        expect(lowPassMask(side, 'disc', radius)).toEqual(frequencyMask(side, radius));
      }),
      { numRuns: 50 },
    );
  });

  it('as a square keeps 2 r − 1 bins each way', () => {
    const mask = lowPassMask(16, 'square', 3);
    const rows = Array.from({ length: 16 }, (_, y) => mask.subarray(y * 16, (y + 1) * 16).join(''));
    expect(rows.filter((row) => row === '0000001111100000')).toHaveLength(5);
    expect(rows.slice(0, 6).join('')).toBe('0'.repeat(96));
  });
});

describe('passFilter', () => {
  it.each([
    [224, 16],
    [32, 2.29],
    [15, 4],
  ])('makes the inputs of MFM, low and high (%d px, radius %d)', (side, radius) => {
    const batch = randomImages(side);
    const mask = frequencyMask(side, radius);
    // One channel: matrix products in plain JavaScript take their time at 224 px.
    const area = side * side;
    const image = tf.tensor4d(batch.images.subarray(0, area), [1, 1, side, side]);
    for (const [pass, kept] of [
      ['low-pass', mask],
      ['high-pass', mask.map((value) => 1 - value)],
    ] as const) {
      if (side === 224 && pass === 'high-pass') continue;
      const expected = tf.tidy(() =>
        corruptFrequencies(image, tf.tensor3d(Float32Array.from(kept), [1, side, side])).dataSync(),
      );
      const { images } = passFilter(batch, { pass, shape: 'disc', radius });
      // tfjs sums 224 products in float32.
      expect(images.subarray(0, area)).toBeAllclose(expected, { atol: 3e-6 });
    }
    image.dispose();
  });

  it('splits an image without a clamp: low + high = image, nothing kept or all', () => {
    const cases = fc.record({
      side: fc.integer({ min: 2, max: 13 }),
      count: fc.integer({ min: 1, max: 2 }),
      radius: fc.double({ min: 0, max: 10, noNaN: true }),
      shape: fc.constantFrom('disc' as const, 'square' as const),
    });
    fc.assert(
      fc.property(cases, ({ side, count, radius, shape }) => {
        const { images } = randomImages(side, count);
        const mask = lowPassMask(side, shape, radius);
        const [low, high] = [mask, mask.map((kept) => 1 - kept)].map((kept) => {
          const out = new Float32Array(images.length);
          filterPlanes(images, side, kept, (plane, values) => out.set(values, plane * side * side));
          return out;
        }) as [Float32Array, Float32Array];
        expect(low.map((value, i) => value + high[i]!)).toBeAllclose(images, { atol: 1e-6 });
        if (radius > side) expect(low).toBeAllclose(images, { atol: 1e-6 });
      }),
      { numRuns: 40 },
    );
  });

  it('restores the mean of each channel where asked', () => {
    const batch = randomImages(12, 2);
    const { images } = passFilter(batch, { pass: 'high-pass-mean', shape: 'square', radius: 1 });
    // Radius 1 takes the mean away, and it is given back.
    expect(images).toBeAllclose(batch.images, { atol: 1e-6 });
    const without = passFilter(batch, { pass: 'high-pass', shape: 'square', radius: 1 }).images;
    const mean = batch.images.subarray(0, 144).reduce((sum, value) => sum + value, 0) / 144;
    const expected = batch.images.subarray(0, 144).map((value) => Math.max(0, value - mean));
    expect(without.subarray(0, 144)).toBeAllclose(expected, { atol: 1e-6 });
  });

  it('refuses images that are not square', () => {
    const batch = { ...randomImages(4), shape: [1, 3, 2, 8] as const };
    expect(() => passFilter(batch, { pass: 'low-pass', shape: 'disc', radius: 1 })).toThrow('got 2 × 8');
  });
});
