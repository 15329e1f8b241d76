import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { naiveDft, naiveInverse } from '../testing/naive-dft.ts';
import { randomBits, randomValues } from '../testing/random-values.ts';
import { corruptFrequencies, filterFrequencies } from './corrupt.ts';

beforeAll(() => tf.setBackend('cpu'));

const sides = fc.tuple(fc.integer({ min: 1, max: 13 }), fc.integer({ min: 1, max: 13 }));

function filter(image: Float32Array, mask: Float32Array, height: number, width: number): Float32Array {
  return tf.tidy(
    () =>
      filterFrequencies(
        tf.tensor4d(image, [1, 1, height, width]),
        tf.tensor3d(mask, [1, height, width]),
      ).dataSync() as Float32Array,
  );
}

describe('filterFrequencies', () => {
  it('gives the image back where all frequencies are kept', () => {
    fc.assert(
      fc.property(sides, ([height, width]) => {
        const image = randomValues('image', height * width);
        expect(filter(image, new Float32Array(height * width).fill(1), height, width)).toBeAllclose(image, {
          atol: 2e-6,
        });
      }),
      { numRuns: 40 },
    );
  });

  it('splits an image in two parts that sum to it', () => {
    fc.assert(
      fc.property(sides, ([height, width]) => {
        const image = randomValues('image', height * width);
        const mask = randomBits('mask', height * width);
        const low = filter(image, mask, height, width);
        const high = filter(
          image,
          mask.map((kept) => 1 - kept),
          height,
          width,
        );
        expect(low.map((value, index) => value + high[index]!)).toBeAllclose(image, { atol: 2e-6 });
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    [8, 8],
    [7, 7],
    [5, 8],
    [8, 5],
  ])('equals the definition for a mask without symmetry, %d × %d', (height, width) => {
    const image = randomValues('image', height * width);
    const mask = randomBits('mask', height * width);
    const { re, im } = naiveDft(image, height, width);
    const kept = { re: re.map((value, i) => value * mask[i]!), im: im.map((value, i) => value * mask[i]!) };
    expect(filter(image, mask, height, width)).toBeAllclose(naiveInverse(kept, height, width), { atol: 2e-6 });
  });
});

describe('corruptFrequencies', () => {
  it('clamps to [0, 1], each image with its own mask', () => {
    tf.tidy(() => {
      const images = tf.tensor4d(randomValues('images', 2 * 3 * 36), [2, 3, 6, 6]);
      const mask = tf.tensor3d([...new Float32Array(36).fill(1), ...new Float32Array(36)], [2, 6, 6]);
      const corrupted = corruptFrequencies(images, mask).dataSync();
      const expected = images.dataSync().map((value, index) => (index < 108 ? Math.min(1, Math.max(0, value)) : 0));
      expect(corrupted).toBeAllclose(expected, { atol: 2e-6 });
    });
  });
});
