import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { naiveDft } from '../testing/naive-dft.ts';
import { randomValues } from '../testing/random-values.ts';
import { amplitudeSpectrum } from './amplitude.ts';

beforeAll(() => tf.setBackend('cpu'));

const amplitude = (images: Float32Array, shape: [number, number, number, number]) =>
  tf.tidy(() => amplitudeSpectrum(tf.tensor4d(images, shape)).dataSync() as Float32Array);

describe('amplitudeSpectrum', () => {
  it.each([
    [6, 6],
    [5, 8],
    [7, 3],
    [1, 4],
  ])('is the size of the transform by its definition, in every plane: %d × %d', (height, width) => {
    const size = height * width;
    const images = randomValues('images', 2 * 3 * size);
    const actual = amplitude(images, [2, 3, height, width]);
    for (let plane = 0; plane < 6; plane++) {
      const { re, im } = naiveDft(images.subarray(plane * size, (plane + 1) * size), height, width);
      expect(actual.subarray(plane * size, (plane + 1) * size)).toBeAllclose(
        re.map((value, i) => Math.hypot(value, im[i]!)),
        { atol: 2e-6 },
      );
    }
  });

  it('keeps energy, and is one at the centre for a flat image', () => {
    const images = randomValues('energy', 64);
    const energy = (values: Float32Array) => values.reduce((sum, value) => sum + value * value, 0);
    expect([energy(amplitude(images, [1, 1, 8, 8]))]).toBeAllclose([energy(images)]);
    const flat = amplitude(new Float32Array(36).fill(1 / 6), [1, 1, 6, 6]);
    expect(flat).toBeAllclose(Float32Array.from({ length: 36 }, (_, i) => (i === 3 * 6 + 3 ? 1 : 0)));
  });
});
