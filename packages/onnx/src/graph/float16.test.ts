import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromFloat16, MAX_FLOAT16, toFloat16 } from './float16.ts';

/** Every finite, non-negative half in ascending order, and the next power of two, which stands for infinity in rounding. */
const HALVES = [...Array.from({ length: 0x7c00 }, (_, bits) => fromFloat16(bits)), 65536];

/** The nearest half by search, ties to the even bits: slow and plain. */
function nearest(value: number): number {
  const size = Math.abs(value);
  let [low, high] = [0, HALVES.length - 1];
  if (size >= HALVES[high]!) return high;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (HALVES[middle]! <= size) low = middle;
    else high = middle;
  }
  const [below, above] = [size - HALVES[low]!, HALVES[high]! - size];
  return below < above || (below === above && low % 2 === 0) ? low : high;
}

describe('toFloat16', () => {
  it('gives every half its own bits', () => {
    for (let bits = 0; bits < 65536; bits++) {
      const value = fromFloat16(bits);
      if (Number.isNaN(value)) expect(fromFloat16(toFloat16(value))).toBeNaN();
      else if (toFloat16(value) !== bits) expect([bits, toFloat16(value)]).toEqual([bits, bits]);
    }
  });

  it('rounds any float32 to the nearest half, ties to even', () => {
    const magnitudes = fc.oneof(
      // Numbers below 1e-38 are zero to a thread that has run ONNX Runtime.
      fc.float({ noNaN: true }).map((x) => (Math.abs(x) < 1e-37 ? 0 : x)),
      fc.double({ min: 2 ** -26, max: 2 ** -13, noNaN: true }).map(Math.fround),
      fc.double({ min: 65000, max: 66000, noNaN: true }).map(Math.fround),
    );
    fc.assert(
      fc.property(magnitudes, (value) => {
        expect(toFloat16(value) & 0x7fff).toBe(nearest(value));
        expect(toFloat16(value) >> 15).toBe(value < 0 || Object.is(value, -0) ? 1 : 0);
      }),
      { numRuns: 2000 },
    );
  });

  it('takes ties between halves to the even one, at every exponent', () => {
    for (let bits = 0; bits < 0x7c00; bits += 7) {
      const tie = (HALVES[bits]! + HALVES[bits + 1]!) / 2;
      expect(toFloat16(tie)).toBe(bits % 2 === 0 ? bits : bits + 1);
    }
    expect(fromFloat16(toFloat16(MAX_FLOAT16))).toBe(MAX_FLOAT16);
  });
});
