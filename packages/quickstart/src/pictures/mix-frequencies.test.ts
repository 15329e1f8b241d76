import { describe, expect, it } from '@jest/globals';
import { mixFrequencies } from './mix-frequencies.ts';

const SIDE = 8;
const wave = (fx: number, fy: number) =>
  Float64Array.from({ length: SIDE * SIDE }, (_, i) =>
    Math.cos((2 * Math.PI * (fx * (i % SIDE) + fy * Math.floor(i / SIDE))) / SIDE),
  );
const sum = (a: Float64Array, b: Float64Array) => a.map((value, i) => value + b[i]!);

describe('mixFrequencies', () => {
  it('takes kept frequencies from the first plane and masked ones from the second', () => {
    const mask = Float64Array.from({ length: 64 }, (_, i) =>
      Math.hypot((i % SIDE) - 4, Math.floor(i / SIDE) - 4) < 2 ? 1 : 0,
    );
    const mixed = mixFrequencies(sum(wave(1, 0), wave(3, 0)), sum(wave(0, 1), wave(0, 3)), mask, SIDE);
    expect(mixed).toBeAllclose(sum(wave(1, 0), wave(0, 3)), { atol: 1e-12 });
  });
});
