import { describe, expect, it } from '@jest/globals';
import { mixFrequencies, planeOf, spectrumOf } from './dft.ts';

const SIDE = 8;
const wave = (fx: number, fy: number) =>
  Float64Array.from({ length: SIDE * SIDE }, (_, i) =>
    Math.cos((2 * Math.PI * (fx * (i % SIDE) + fy * Math.floor(i / SIDE))) / SIDE),
  );
const sum = (a: Float64Array, b: Float64Array) => a.map((value, i) => value + b[i]!);

describe('spectrumOf', () => {
  it('puts DC at the centre and a wave at its two places, rows first', () => {
    const { re } = spectrumOf(sum(wave(2, 1), new Float64Array(64).fill(3)), SIDE);
    const peaks = [...re.keys()].filter((i) => Math.abs(re[i]!) > 1e-9);
    const at = (y: number, x: number) => (4 + y) * SIDE + 4 + x;
    expect(peaks).toEqual([at(-1, -2), at(0, 0), at(1, 2)]);
    expect(re[at(0, 0)]).toBeCloseTo(3 * 64, 9);
  });

  it('is undone by planeOf', () => {
    const plane = sum(wave(3, -2), wave(1, 0));
    expect(planeOf(spectrumOf(plane, SIDE))).toBeAllclose(plane, { atol: 1e-12 });
  });
});

describe('mixFrequencies', () => {
  it('takes kept frequencies from the first plane and masked ones from the second', () => {
    const mask = Float64Array.from({ length: 64 }, (_, i) =>
      Math.hypot((i % SIDE) - 4, Math.floor(i / SIDE) - 4) < 2 ? 1 : 0,
    );
    const mixed = mixFrequencies(sum(wave(1, 0), wave(3, 0)), sum(wave(0, 1), wave(0, 3)), mask, SIDE);
    expect(mixed).toBeAllclose(sum(wave(1, 0), wave(0, 3)), { atol: 1e-12 });
  });
});
