import { describe, expect, it } from '@jest/globals';
import { zoomBlur } from '../corruption/zoom-blur.ts';
import { arange } from './arange.ts';

describe('arange', () => {
  it.each([
    [224, [12, 16, 11, 13, 11]],
    [64, [7, 12, 16, 21, 26]],
  ] as const)('has numpy’s number of zoom factors for %i px', (size, lengths) => {
    expect(zoomBlur.severities[size].map((range) => arange(...range).length)).toEqual(lengths);
  });

  it('has numpy’s rounding of elements', () => {
    const factors = arange(1, 1.16, 0.01);
    expect(factors[11]).toBe(1.11);
    expect(factors[13]).toBe(1.1300000000000001);
  });
});
