import { describe, expect, it } from '@jest/globals';
import { planeAmplitudes } from '@mfm/data';
import type { ImageBatch } from '../evaluate/test-batch.ts';
import { BAND_CONTRAST, BAND_MEAN, bandCentres, bandNoise, maskCriticalBand } from './critical-band.ts';

const SIDE = 32;
const AREA = SIDE * SIDE;

const batch: ImageBatch = {
  kind: 'images',
  images: Float32Array.from({ length: 3 * AREA }, (_, i) => (i % 101) / 100),
  shape: [1, 3, SIDE, SIDE],
  labels: Int32Array.of(4),
  indices: Int32Array.of(9),
};

describe('bandCentres', () => {
  it('are the seven octaves of the paper at 224 px', () => {
    expect(bandCentres(224)).toEqual([1.75, 3.5, 7, 14, 28, 56, 112]);
    expect(bandCentres(32)).toEqual([1, 2, 4, 8, 16]);
  });
});

describe('bandNoise', () => {
  it.each(bandCentres(SIDE))('lies in the octave around %d, with mean 0 and deviation 1', (centre) => {
    const noise = bandNoise(SIDE, centre, 0, 1);
    expect(noise.reduce((sum, value) => sum + value * value, 0) / AREA).toBeCloseTo(1, 10);
    const amplitudes = planeAmplitudes(noise, SIDE);
    const isInside = (_: number, i: number) => {
      const distance = Math.hypot(Math.floor(i / SIDE) - SIDE / 2, (i % SIDE) - SIDE / 2);
      return distance >= centre / Math.SQRT2 - 1e-9 && distance < centre * Math.SQRT2 - 1e-9;
    };
    expect(Math.min(...amplitudes.filter(isInside))).toBeGreaterThan(1e-6);
    expect(Math.max(...amplitudes.filter((value, i) => !isInside(value, i)))).toBeLessThan(1e-9);
  });

  it('is keyed by seed, image and band, and differs between them', () => {
    expect(bandNoise(SIDE, 4, 1, 2)).toEqual(bandNoise(SIDE, 4, 1, 2));
    for (const [seed, sample] of [
      [1, 3],
      [2, 2],
    ] as const)
      expect(bandNoise(SIDE, 4, seed, sample)).not.toEqual(bandNoise(SIDE, 4, 1, 2));
  });

  it('refuses a band without a frequency', () => {
    expect(() => bandNoise(8, 100, 0, 0)).toThrow('no frequency in 8 pixels');
  });
});

describe('maskCriticalBand', () => {
  it('without noise shows the image in grey, with little contrast about the mean', () => {
    const { images, labels } = maskCriticalBand(batch, { centre: 0, deviation: 0, seed: 0 });
    expect(labels).toBe(batch.labels);
    expect(images.subarray(0, AREA)).toEqual(images.subarray(2 * AREA));
    const mean = images.subarray(0, AREA).reduce((sum, value) => sum + value, 0) / AREA;
    expect(mean).toBeCloseTo(BAND_MEAN, 5);
    const grey = (i: number) =>
      0.299 * batch.images[i]! + 0.587 * batch.images[AREA + i]! + 0.114 * batch.images[2 * AREA + i]!;
    expect(images[5]! - images[0]!).toBeCloseTo(BAND_CONTRAST * (grey(5) - grey(0)), 5);
  });

  it('adds the noise at its strength, the same for every strength', () => {
    const none = maskCriticalBand(batch, { centre: 4, deviation: 0, seed: 7 }).images;
    const noise = bandNoise(SIDE, 4, 7, 9);
    const weak = maskCriticalBand(batch, { centre: 4, deviation: 0.04, seed: 7 }).images;
    expect(weak.subarray(0, AREA)).toBeAllclose(
      none.subarray(0, AREA).map((value, i) => value + 0.04 * noise[i]!),
      { atol: 1e-6 },
    );
  });

  it('puts pixels that leave [0, 1] a tenth inside', () => {
    const { images } = maskCriticalBand(batch, { centre: 4, deviation: 0.5, seed: 7 });
    expect(images.every((value) => value >= 0 && value <= 1)).toBe(true);
    expect(images.filter((value) => value === Math.fround(0.1)).length).toBeGreaterThan(20);
    expect(images.filter((value) => value === Math.fround(0.9)).length).toBeGreaterThan(20);
  });
});
