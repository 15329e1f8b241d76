import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fft2d, inverseComplexFft2d, inverseFft2d } from './fft.ts';

/** The definition, bin by bin. */
function definition(plane: readonly number[], size: number) {
  const [re, im]: [number[], number[]] = [[], []];
  for (let v = 0; v < size; v++) {
    for (let u = 0; u < size; u++) {
      let [a, b] = [0, 0];
      for (const [i, value] of plane.entries()) {
        const angle = (-2 * Math.PI * (u * (i % size) + v * Math.floor(i / size))) / size;
        a += value * Math.cos(angle);
        b += value * Math.sin(angle);
      }
      re.push(a);
      im.push(b);
    }
  }
  return { re, im };
}

const planes = fc
  .integer({ min: 1, max: 14 })
  .chain((size) =>
    fc
      .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: size * size, maxLength: size * size })
      .map((plane) => ({ size, plane })),
  );

describe('fft2d', () => {
  it('is the definition at every size, prime ones as well', () => {
    fc.assert(
      fc.property(planes, ({ size, plane }) => {
        const { re, im } = fft2d(plane, size);
        const expected = definition(plane, size);
        expect([...re]).toBeAllclose(expected.re, { atol: 1e-10 });
        expect([...im]).toBeAllclose(expected.im, { atol: 1e-10 });
      }),
      { numRuns: 30 },
    );
  });

  it('transforms two planes at once, as real and imaginary part', () => {
    fc.assert(
      fc.property(planes, ({ size, plane }) => {
        const other = plane.map((value, i) => value * value - i);
        const spectrum = fft2d(plane, size, other);
        const [first, second] = [fft2d(plane, size), fft2d(other, size)];
        expect([...spectrum.re]).toBeAllclose(
          Array.from(first.re, (value, i) => value - second.im[i]!),
          { atol: 1e-10 },
        );
        const back = inverseComplexFft2d(spectrum, size);
        expect([...back.re]).toBeAllclose(plane, { atol: 1e-11 });
        expect([...back.im]).toBeAllclose(other, { atol: 1e-11 });
      }),
      { numRuns: 20 },
    );
  });

  it('is undone by inverseFft2d, at the side of large models', () => {
    const size = 224;
    const plane = Float64Array.from({ length: size * size }, (_, i) => Math.sin(i * i));
    expect(inverseFft2d(fft2d(plane, size), size)).toBeAllclose(plane, { atol: 1e-12 });
  });
});
