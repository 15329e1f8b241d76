import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { filter2d } from './filter2d.ts';
import type { PlanarImage } from './planar-image.ts';

const values = (length: number) =>
  fc.array(fc.integer({ min: -255, max: 255 }), { minLength: length, maxLength: length });

/** Sides from 1, so that kernels reach beyond the mirror image too. */
const cases = fc
  .record({
    width: fc.integer({ min: 1, max: 11 }),
    height: fc.integer({ min: 1, max: 9 }),
    radius: fc.integer({ min: 0, max: 4 }),
  })
  .chain(({ width, height, radius }) =>
    fc.record({
      image: values(3 * width * height).map((data): PlanarImage => ({ data: Float32Array.from(data), width, height })),
      kernel: values((2 * radius + 1) ** 2).map((weights) => Float64Array.from(weights)),
    }),
  );

/** Straight from the definition: steps back inside at every border met. */
function reflect(index: number, length: number): number {
  let at = index;
  while (length > 1 && (at < 0 || at >= length)) at = at < 0 ? -at : 2 * (length - 1) - at;
  return length === 1 ? 0 : at;
}

function reference({ data, width, height }: PlanarImage, kernel: Float64Array): Float32Array {
  const side = Math.sqrt(kernel.length);
  const radius = (side - 1) / 2;
  return data.map((_, i) => {
    const start = i - (i % (width * height));
    const [x, y] = [i % width, Math.floor((i - start) / width)];
    return kernel.reduce((sum, weight, tap) => {
      const column = reflect(x + (tap % side) - radius, width);
      const row = reflect(y + Math.floor(tap / side) - radius, height);
      return sum + weight * data[start + row * width + column]!;
    }, 0);
  });
}

describe('filter2d', () => {
  it('is the correlation with mirrored borders, for all sizes', () => {
    // Whole numbers: sums are exact in any order.
    fc.assert(
      fc.property(cases, ({ image, kernel }) => expect(filter2d(image, kernel)).toEqual(reference(image, kernel))),
    );
  });

  it('makes the flipped kernel of a single bright pixel', () => {
    const data = new Float32Array(81);
    data[40] = 1;
    const kernel = Float64Array.from({ length: 25 }, (_, i) => i + 1);
    const result = filter2d({ data, width: 9, height: 9 }, kernel);
    const centre = Array.from({ length: 25 }, (_, i) => result[(2 + Math.floor(i / 5)) * 9 + 2 + (i % 5)]);
    expect(centre).toEqual([...kernel].reverse());
  });

  it('refuses kernels that are not square with an odd side', () => {
    const image = { data: new Float32Array(9), width: 3, height: 3 };
    for (const length of [4, 8]) expect(() => filter2d(image, new Float64Array(length))).toThrow(RangeError);
  });
});
