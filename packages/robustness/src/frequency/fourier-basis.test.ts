import { describe, expect, it } from '@jest/globals';
import { planeAmplitudes } from '@mfm/data';
import fc from 'fast-check';
import { distinctBins, fourierBasis, perturbImage, spreadBins } from './fourier-basis.ts';

const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
const binsOf = (size: number, side: number) => distinctBins(size, side).flatMap(({ bins }) => bins);

describe('distinctBins', () => {
  it.each([
    [63, 224, 1985],
    [31, 32, 481],
    // All of an even side: four bins are their own mirror images.
    [32, 32, 514],
    [7, 7, 25],
    [1, 8, 1],
  ])('of a map of %d × %d on %d px are %d', (size, side, expected) => {
    expect(binsOf(size, side)).toHaveLength(expected);
  });

  it('give every bin of the map its own figure or its mirror image’s', () => {
    for (const [size, side] of [
      [8, 8],
      [5, 8],
      [4, 8],
      [7, 7],
    ] as const) {
      const rows = distinctBins(size, side);
      const centre = Math.floor(size / 2);
      const strength = ({ fy, fx }: { fy: number; fx: number }) =>
        Math.cos((2 * Math.PI * fy) / side) + 3 * Math.cos((2 * Math.PI * fx) / side) + (fx * fy !== 0 ? 0.1 : 0);
      const values = rows.map(({ bins }) => bins.map(strength));
      const byRow = new Map(rows.map(({ row }, i) => [row, values[i]!]));
      const map = spreadBins(rows, (row, i) => byRow.get(row)![i]!, size, side);
      const expected = Array.from({ length: size * size }, (_, i) =>
        strength({ fy: Math.floor(i / size) - centre, fx: (i % size) - centre }),
      );
      expect(map).toBeAllclose(expected);
    }
  });
});

describe('fourierBasis', () => {
  it.each([8, 9])('is an orthonormal basis of the real images of %d px', (side) => {
    const bins = binsOf(side, side).map((bin) => fourierBasis(bin, side));
    for (const [i, a] of bins.entries()) {
      for (const [j, b] of bins.entries()) expect(dot(a, b)).toBeCloseTo(i === j ? 1 : 0, 6);
    }
  });

  it('has its spectrum at the bin and its mirror image alone', () => {
    const cases = fc
      .integer({ min: 2, max: 16 })
      .chain((side) => fc.record({ side: fc.constant(side), bin: fc.nat(binsOf(side, side).length - 1) }));
    fc.assert(
      fc.property(cases, ({ side, bin }) => {
        const { fy, fx } = binsOf(side, side)[bin]!;
        const centre = Math.floor(side / 2);
        const at = (y: number, x: number) => ((y + centre + side) % side) * side + ((x + centre + side) % side);
        const places = [...new Set([at(fy, fx), at(-fy, -fx)])];
        const expected = new Float64Array(side * side);
        for (const place of places) expected[place] = 1 / Math.sqrt(places.length);
        expect(planeAmplitudes(fourierBasis({ fy, fx }, side), side)).toBeAllclose(expected, { atol: 2e-7 });
      }),
      { numRuns: 60 },
    );
  });
});

describe('perturbImage', () => {
  const side = 8;
  const batch = (value: number, index: number) => ({
    kind: 'images' as const,
    images: new Float32Array(3 * side * side).fill(value),
    shape: [1, 3, side, side] as const,
    labels: new Int32Array(1),
    indices: Int32Array.of(index),
  });
  const bin = { fy: 1, fx: 2 };
  const basis = fourierBasis(bin, side);
  const perturbed = (value: number, index: number, norm: number, seed = 0) => {
    const out = new Float32Array(3 * side * side);
    perturbImage(batch(value, index), 0, bin, basis, { norm, seed }, out);
    return out;
  };

  it('moves each channel by the norm, up or down', () => {
    const out = perturbed(0.5, 3, 1.5);
    for (let channel = 0; channel < 3; channel++) {
      const moved = out.subarray(channel * 64, (channel + 1) * 64).map((value) => value - 0.5);
      expect(Math.abs(dot(moved, basis))).toBeCloseTo(1.5, 5);
      expect(dot(moved, moved)).toBeCloseTo(1.5 ** 2, 5);
    }
  });

  it('draws all eight signs, evenly, keyed by seed and image', () => {
    const signsOf = (index: number, seed: number) => {
      const out = perturbed(0.5, index, 1, seed);
      return [0, 1, 2].map((channel) => Math.sign(out[channel * 64]! - 0.5)).join();
    };
    const counts = new Map<string, number>();
    for (let index = 0; index < 200; index++) {
      const signs = signsOf(index, 1);
      expect(signsOf(index, 1)).toBe(signs);
      counts.set(signs, (counts.get(signs) ?? 0) + 1);
    }
    expect(counts.size).toBe(8);
    // 25 expected, standard deviation 4.7.
    for (const count of counts.values()) expect(Math.abs(count - 25)).toBeLessThan(19);
    expect(Array.from({ length: 20 }, (_, i) => signsOf(i, 1))).not.toEqual(
      Array.from({ length: 20 }, (_, i) => signsOf(i, 2)),
    );
  });

  it('stays in [0, 1]', () => {
    const out = perturbed(0.9, 0, 5);
    expect(Math.max(...out)).toBe(1);
    expect(Math.min(...out)).toBeGreaterThanOrEqual(0);
  });
});
