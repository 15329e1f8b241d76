import { describe, expect, it } from '@jest/globals';
import { UserError } from '@mfm/cli';
import { frequencyMask } from './frequency-mask.ts';

const ones = (mask: Uint8Array) => mask.reduce((sum, value) => sum + value, 0);

describe('frequencyMask', () => {
  // Counts of the official implementation's masks.
  it.each([
    [32, 8, undefined, 193],
    [33, 5, undefined, 69],
    [64, 12, undefined, 437],
    [224, 16, 999, 793],
  ])('of size %d and radius %d keeps as many bins as the official one', (size, radius1, radius2, expected) => {
    expect(ones(frequencyMask(size, radius1, radius2))).toBe(expected);
  });

  it('keeps DC at ⌊size/2⌋, masks a bin at exactly the radius', () => {
    const mask = frequencyMask(8, 2);
    expect(mask[4 * 8 + 4]).toBe(1);
    expect(mask[4 * 8 + 6]).toBe(0);
    expect(mask[5 * 8 + 5]).toBe(1);
  });

  it('with two radii masks the ring between them alone', () => {
    const ring = frequencyMask(16, 3, 5);
    expect(Array.from(ring)).toEqual(
      Array.from(frequencyMask(16, 3), (low, index) => Number(low === 1 || frequencyMask(16, 5)[index] === 0)),
    );
  });

  it('refuses sizes and radii that mean nothing', () => {
    expect(() => frequencyMask(0, 1)).toThrow(UserError);
    expect(() => frequencyMask(8, -1)).toThrow(UserError);
    expect(() => frequencyMask(8, 4, 2)).toThrow(/radius1 ≤ radius2, got 4 and 2/);
  });
});
