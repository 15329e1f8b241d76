import { describe, expect, it } from '@jest/globals';
import { createRandom } from '../random/random.ts';
import { toPlanes } from './planar-image.ts';
import { addPoissonNoise, poissonLevels } from './poisson-noise.ts';

const SIDE = 100;
/** One colour all over. */
const uniform = (red: number, green: number, blue: number) =>
  toPlanes(
    Uint8Array.from({ length: 3 * SIDE ** 2 }, (_, i) => [red, green, blue][i % 3]!),
    SIDE,
    SIDE,
  );

describe('poissonLevels', () => {
  it('keeps 8-bit levels, and counts to the power of two at or above the number of distinct ones', () => {
    for (const [distinct, counts] of [
      [1, 1],
      [2, 2],
      [3, 4],
      [128, 128],
      [129, 256],
      [256, 256],
    ] as const) {
      const pixels = Uint8Array.from({ length: 3 * 16 * 16 }, (_, i) => i % distinct);
      const { levels, counts: found } = poissonLevels(toPlanes(pixels, 16, 16), false);
      expect(found).toBe(counts);
      expect(Array.from(levels.subarray(0, 256))).toEqual(Array.from({ length: 256 }, (_, i) => pixels[3 * i]));
    }
  });

  it('takes the luma when gray, and clips what is outside [0, 1]', () => {
    expect([...new Set(poissonLevels(uniform(200, 100, 50), true).levels)]).toEqual([124]);
    const data = Float32Array.of(-0.5, 1.5, 0.4999, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    expect([...poissonLevels({ data, width: 2, height: 2 }, false).levels].slice(0, 3)).toEqual([0, 255, 127]);
  });
});

describe('addPoissonNoise', () => {
  it.each([1, 2.5])('has no mean, and variance scale² · q / counts (scale %d)', (scale) => {
    const image = uniform(20, 120, 240);
    const noise = addPoissonNoise(image, { scale, gray: false }, createRandom(3)).map(
      (value, i) => value - image.data[i]!,
    );
    // Three levels: four counts.
    [20, 120, 240].forEach((level, channel) => {
      const plane = noise.subarray(channel * SIDE ** 2, (channel + 1) * SIDE ** 2);
      const q = level / 255;
      const variance = (scale ** 2 * q) / 4;
      const mean = plane.reduce((sum, value) => sum + value, 0) / plane.length;
      const measured = plane.reduce((sum, value) => sum + (value - mean) ** 2, 0) / plane.length;
      // Five standard errors; a Poisson variable's fourth cumulant is its mean.
      expect(Math.abs(mean)).toBeLessThan(5 * Math.sqrt(variance / plane.length));
      expect(Math.abs(measured / variance - 1)).toBeLessThan(5 * Math.sqrt((2 + 1 / (4 * q)) / plane.length));
    });
  });

  it('leaves black as it is, and adds the same plane to all channels when gray', () => {
    const black = uniform(0, 0, 0);
    expect(addPoissonNoise(black, { scale: 3, gray: false }, createRandom(0))).toEqual(black.data);
    const flat = uniform(128, 128, 128);
    const noisy = addPoissonNoise(flat, { scale: 1, gray: true }, createRandom(0));
    const area = SIDE ** 2;
    expect(noisy.subarray(area, 2 * area)).toEqual(noisy.subarray(0, area));
    expect(noisy.subarray(2 * area)).toEqual(noisy.subarray(0, area));
    expect(new Set(noisy).size).toBeGreaterThan(1);
  });
});
