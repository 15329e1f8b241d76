import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { affineUint8, dequantize, quantizeUint8, quantizeWeight, roundHalfEven } from './affine.ts';

const magnitude = fc.float({ noNaN: true, min: 0, max: 1e4 });

describe('quantizeUint8', () => {
  it('is off by half a step at most within the range, by the way to it outside, and exact at zero', () => {
    fc.assert(
      fc.property(magnitude, magnitude, fc.double({ min: -2, max: 2, noNaN: true }), (below, above, place) => {
        const range = { low: -below, high: above };
        const affine = affineUint8(range);
        // Zero is a whole step, so that the ends may move by half of one.
        const [low, high] = [dequantize(0, affine), dequantize(255, affine)];
        expect(low).toBeLessThanOrEqual(-below + affine.scale * 0.51);
        expect(high).toBeGreaterThanOrEqual(above - affine.scale * 0.51);
        const x = Math.fround(place * Math.max(below, above));
        const error = Math.abs(x - dequantize(quantizeUint8(x, affine), affine));
        const outside = Math.max(low - x, x - high, 0);
        expect(error).toBeLessThanOrEqual((outside || affine.scale / 2) * (1 + 1e-5) + 1e-30);
        expect(dequantize(quantizeUint8(0, affine), affine)).toBe(0);
      }),
    );
  });

  it('rounds halves to the even number', () => {
    expect([0.5, 1.5, 2.5, -0.5, -1.5, 2.4999, 3].map((x) => roundHalfEven(x) + 0)).toEqual([0, 2, 2, 0, -2, 2, 3]);
  });
});

describe('quantizeWeight', () => {
  const weights = fc.record({
    shape: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 })),
    axis: fc.constantFrom(0, 1, 2),
    seed: fc.array(fc.float({ noNaN: true, min: -10, max: 10 }), { minLength: 60, maxLength: 60 }),
  });

  it('is off by half of its channel’s step at most, with each channel’s greatest weight at ±127', () => {
    fc.assert(
      fc.property(weights, ({ shape, axis, seed }) => {
        const size = shape[0] * shape[1] * shape[2];
        const data = Float32Array.from(seed.slice(0, size));
        const { data: quantized, scales } = quantizeWeight(data, shape, axis);
        const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
        const reached = new Map<number, number>();
        data.forEach((x, i) => {
          const channel = Math.floor(i / inner) % shape[axis]!;
          expect(Math.abs(x - quantized[i]! * scales[channel]!)).toBeLessThanOrEqual(
            (scales[channel]! / 2) * (1 + 1e-5),
          );
          reached.set(channel, Math.max(reached.get(channel) ?? 0, Math.abs(quantized[i]!)));
        });
        for (const [channel, greatest] of reached) if (scales[channel]! > 2 ** -90) expect(greatest).toBe(127);
      }),
    );
  });

  it('gives a channel the coarser steps that its bias needs', () => {
    const { scales } = quantizeWeight(Float32Array.of(1, 1, 1e-20, 1e-20), [2, 2], 0, () => 1e-3);
    expect(Array.from(scales)).toEqual([Math.fround(1 / 127), Math.fround(1e-3)]);
  });
});
