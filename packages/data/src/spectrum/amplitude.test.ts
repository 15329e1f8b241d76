import { describe, expect, it } from '@jest/globals';
import { planeAmplitudes } from './amplitude.ts';

describe('planeAmplitudes', () => {
  it.each([8, 9])('puts DC at the centre and a wave at its two places, rows first (%d px)', (side) => {
    const plane = Float64Array.from(
      { length: side * side },
      (_, i) => 3 + Math.cos((2 * Math.PI * (2 * (i % side) + Math.floor(i / side))) / side),
    );
    const amplitudes = planeAmplitudes(plane, side);
    const centre = Math.floor(side / 2);
    const at = (y: number, x: number) => (centre + y) * side + centre + x;
    const peaks = [...amplitudes.keys()].filter((i) => amplitudes[i]! > 1e-9);
    expect(peaks).toEqual([at(-1, -2), at(0, 0), at(1, 2)]);
    expect(peaks.map((i) => amplitudes[i])).toBeAllclose([side / 2, 3 * side, side / 2]);
  });
});
