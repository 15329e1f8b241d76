import { describe, expect, it } from '@jest/globals';
import { createRandom } from '@mfm/data';
import fc from 'fast-check';
import type { TestCase } from '../evaluate/test-case.ts';
import { fourierBasis } from './fourier-basis.ts';
import { radialEnergy, ringCount, withPerturbationSpectrum } from './radial-spectrum.ts';
import { createRingEnergies, putRingEnergies, ringErrors } from './ring-error.ts';

const randomValues = (length: number, seed: number) => {
  const random = createRandom(seed);
  return Float32Array.from({ length }, () => random.uniform(-1, 1));
};
const squares = (values: Float32Array) => values.reduce((sum, value) => sum + value * value, 0);

describe('radialEnergy', () => {
  it('sums to the squares of each image (Parseval)', () => {
    const cases = fc.record({ side: fc.integer({ min: 1, max: 17 }), count: fc.integer({ min: 1, max: 3 }) });
    fc.assert(
      fc.property(cases, ({ side, count }) => {
        const length = 3 * side * side;
        const images = randomValues(count * length, side);
        const energy = radialEnergy(images, side);
        expect(energy).toHaveLength(count * ringCount(side));
        for (let i = 0; i < count; i++) {
          const rings = energy.subarray(i * ringCount(side), (i + 1) * ringCount(side));
          expect(rings.reduce((sum, value) => sum + value, 0)).toBeCloseTo(
            squares(images.subarray(i * length, (i + 1) * length)),
            3,
          );
        }
      }),
      { numRuns: 30 },
    );
  });

  it('puts a wave of each channel in its ring', () => {
    const side = 16;
    const image = new Float32Array(3 * 256);
    image.set(fourierBasis({ fy: 3, fx: 4 }, side), 0);
    image.set(
      fourierBasis({ fy: 0, fx: 2 }, side).map((value) => 2 * value),
      256,
    );
    image.set(
      fourierBasis({ fy: 0, fx: 0 }, side).map((value) => 3 * value),
      512,
    );
    const expected = new Float32Array(ringCount(side));
    [expected[5], expected[2], expected[0]] = [1, 4, 9];
    expect(radialEnergy(image, side)).toBeAllclose(expected, { atol: 1e-6 });
  });

  it('refuses parts of images', () => {
    expect(() => radialEnergy(new Float32Array(10), 2)).toThrow('got 10 values');
  });
});

describe('withPerturbationSpectrum', () => {
  it('measures what the test does to the images, and leaves its outcome alone', async () => {
    const side = 16;
    const wave = fourierBasis({ fy: 0, fx: 6 }, side);
    const test: TestCase = {
      id: 'attack/toy',
      section: 'attack',
      settings: { epsilon: 0.1 },
      async transform(batch) {
        if (batch.kind !== 'images') throw new Error('images expected');
        return { ...batch, images: batch.images.map((value, i) => value + wave[i % 256]!) };
      },
    };
    const images = randomValues(3 * 256, 2);
    const batch = {
      kind: 'images' as const,
      images,
      shape: [1, 3, side, side] as const,
      labels: new Int32Array(1),
      indices: new Int32Array(1),
    };
    const measured = withPerturbationSpectrum(test);
    expect(measured.settings).toEqual({ epsilon: 0.1, spectrum: true });
    const out = await measured.transform(batch);
    const expected = new Float32Array(ringCount(side));
    expected[6] = 3;
    expect(out.measured!.spectrum).toBeAllclose(expected, { atol: 1e-5 });
    expect(out.kind === 'images' && out.images[5]).toBeCloseTo(images[5]! + wave[5]!, 6);
  });
});

describe('ringErrors', () => {
  it('tells what was restored of each ring', () => {
    const side = 16;
    const planes = (...scales: number[]) => {
      const image = new Float32Array(3 * 256);
      for (let c = 0; c < 3; c++) {
        for (const [i, scale] of scales.entries()) {
          const wave = fourierBasis({ fy: 0, fx: i }, side);
          for (let p = 0; p < 256; p++) image[c * 256 + p]! += scale * wave[p]!;
        }
      }
      return image;
    };
    const energies = createRingEnergies(side, 2);
    // Rings 0 … 3: the input keeps 0 and 1, the model restores half of ring 2's amplitude, nothing of ring 3, and spoils ring 1 a little.
    for (const i of [1, 0])
      putRingEnergies(energies, i, planes(5, 2, 1, 1), planes(5, 2, 0, 0), planes(5, 1.8, 0.5, 0));
    const rings = ringErrors(energies);
    expect(rings.slice(1, 4).map(({ relative }) => relative)).toBeAllclose([0.01, 0.25, 1], { rtol: 1e-4 });
    expect(rings.slice(1, 4).map(({ inputRelative }) => inputRelative)).toBeAllclose([0, 1, 1], { atol: 1e-9 });
    // Ring 3's error energy is 1 a channel, of 256 values a channel.
    expect(rings[3]!.psnr).toBeCloseTo(10 * Math.log10(256), 3);
  });
});
