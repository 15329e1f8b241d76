import { describe, expect, it } from '@jest/globals';
import { frequencyMask as referenceMask } from '@mfm/models';
import fc from 'fast-check';
import { frequencyMask, keptShare } from './frequency-mask.ts';

describe('frequencyMask', () => {
  it('is the mask that models are trained with, at any size and radii, and its complement', () => {
    const radii = fc.tuple(
      fc.double({ min: 0, max: 20, noNaN: true }),
      fc.option(fc.double({ min: 0, max: 20, noNaN: true })),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), radii, (size, [radius, width]) => {
        const outerRadius = width === null ? undefined : radius + width;
        const low = frequencyMask(size, { pass: 'low', radius, outerRadius });
        expect([...low]).toEqual([...referenceMask(size, radius, outerRadius)]);
        expect([...frequencyMask(size, { pass: 'high', radius, outerRadius })]).toEqual(
          [...low].map((kept) => 1 - kept),
        );
      }),
      { numRuns: 50 },
    );
  });

  it('refuses radii that mean nothing', () => {
    expect(() => frequencyMask(8, { pass: 'low', radius: -1 })).toThrow(/0 ≤ radius/);
    expect(() => frequencyMask(8, { pass: 'low', radius: 4, outerRadius: 2 })).toThrow(/got 4 and 2/);
  });
});

describe('keptShare', () => {
  it('counts ones', () => {
    expect(keptShare(Float32Array.of(1, 0, 0, 1))).toBe(0.5);
  });
});
