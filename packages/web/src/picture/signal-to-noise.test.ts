import { describe, expect, it } from '@jest/globals';
import { peakSignalToNoise } from './signal-to-noise.ts';

describe('peakSignalToNoise', () => {
  it('is 20 dB at a tenth, infinite at nothing, and cuts off what no screen shows', () => {
    expect(peakSignalToNoise(Float32Array.of(0.5, 0.5), Float32Array.of(0.6, 0.4))).toBeCloseTo(20, 5);
    expect(peakSignalToNoise(Float32Array.of(1, 0), Float32Array.of(7, -3))).toBe(Number.POSITIVE_INFINITY);
  });
});
