import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mapHsv } from './hsv.ts';

const color = fc.uint8Array({ minLength: 3, maxLength: 3 });

describe('mapHsv', () => {
  it('keeps colours that are not changed, but for truncation', () => {
    fc.assert(
      fc.property(color, (rgb) => {
        const out = mapHsv(rgb, () => {});
        rgb.forEach((value, c) => {
          expect(value - out[c]!).toBeGreaterThanOrEqual(0);
          expect(value - out[c]!).toBeLessThanOrEqual(1);
        });
      }),
    );
  });

  it('has the hue, saturation and value of the textbook', () => {
    const seen: number[][] = [];
    const colors = Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 0, 102, 51, 51, 10, 10, 10, 0, 0, 0);
    mapHsv(colors, (hsv) => {
      seen.push([...hsv]);
    });
    const expected = [
      [0, 1, 1],
      [1 / 3, 1, 1],
      [2 / 3, 1, 1],
      [1 / 6, 1, 1],
      [0, 0.5, 0.4],
      [0, 0, 10 / 255],
      [0, 0, 0],
    ];
    expect(seen.flat()).toBeAllclose(expected.flat(), { rtol: 1e-12, atol: 1e-15 });
  });
});
