import { describe, expect, it } from '@jest/globals';
import { createRandom } from '../random/random.ts';
import { addGaussianNoise } from './gaussian-noise.ts';

const SIDE = 100;
const image = { data: new Float32Array(3 * SIDE * SIDE).fill(0.5), width: SIDE, height: SIDE };
const plane = (data: Float32Array, channel: number) => data.subarray(channel * SIDE ** 2, (channel + 1) * SIDE ** 2);

describe('addGaussianNoise', () => {
  it('adds noise of the given deviation to each channel, beyond [0, 1] too', () => {
    const noisy = addGaussianNoise(image, { sigma: 0.3, gray: false }, createRandom(1));
    const noise = noisy.map((value) => value - 0.5);
    const mean = noise.reduce((sum, value) => sum + value, 0) / noise.length;
    const deviation = Math.sqrt(noise.reduce((sum, value) => sum + value * value, 0) / noise.length);
    // Five standard errors of 30,000 draws.
    expect(Math.abs(mean)).toBeLessThan((5 * 0.3) / Math.sqrt(noise.length));
    expect(Math.abs(deviation - 0.3)).toBeLessThan((5 * 0.3) / Math.sqrt(2 * noise.length));
    expect(Math.min(...noisy)).toBeLessThan(-0.1);
    expect(Math.max(...noisy)).toBeGreaterThan(1.1);
    expect(plane(noise, 0)).not.toEqual(plane(noise, 1));
  });

  it('adds the same plane to all channels when gray', () => {
    const noisy = addGaussianNoise(image, { sigma: 0.1, gray: true }, createRandom(1));
    expect(plane(noisy, 1)).toEqual(plane(noisy, 0));
    expect(plane(noisy, 2)).toEqual(plane(noisy, 0));
    expect(plane(noisy, 0)).not.toEqual(plane(image.data, 0));
  });
});
