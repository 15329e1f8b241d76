import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { torchBicubicResize } from './torch-bicubic.ts';

const side = fc.integer({ min: 1, max: 20 });

describe('torchBicubicResize', () => {
  it('keeps a constant image constant, whatever the sizes', () => {
    fc.assert(
      fc.property(side, side, side, side, fc.float({ min: 0, max: 1, noNaN: true }), (h, w, height, width, value) => {
        const data = new Float32Array(2 * h * w).fill(value);
        const resized = torchBicubicResize({ data, width: w, height: h }, height, width);
        expect(resized.data).toBeAllclose(new Float32Array(2 * height * width).fill(value));
      }),
    );
  });

  it('is the identity at the same size', () => {
    const data = Float32Array.from({ length: 3 * 35 }, (_, i) => Math.sin(i * i));
    expect(torchBicubicResize({ data, width: 7, height: 5 }, 5, 7)).toEqual({ data, width: 7, height: 5 });
  });

  it('takes four taps with a = −0.75, without antialiasing, borders repeated', () => {
    // Two to one: half-way between pixels the weights are (a/8, 1/2 − a/8, 1/2 − a/8, a/8).
    const row = Float32Array.of(8, 16, 32, 64, 128, 256);
    const tap = (a: number, b: number, c: number, d: number) => -0.09375 * (a + d) + 0.59375 * (b + c);
    const { data } = torchBicubicResize({ data: row, width: 6, height: 1 }, 1, 3);
    expect(data).toBeAllclose(Float32Array.of(tap(8, 8, 16, 32), tap(16, 32, 64, 128), tap(64, 128, 256, 256)));
  });

  it('resizes rows and columns alike', () => {
    const data = Float32Array.from({ length: 30 }, (_, i) => Math.cos(3 * i));
    const turned = data.map((_, i) => data[(i % 6) * 5 + Math.floor(i / 6)]!);
    const wide = torchBicubicResize({ data, width: 5, height: 6 }, 4, 9).data;
    const tall = torchBicubicResize({ data: turned, width: 6, height: 5 }, 9, 4).data;
    expect(tall.map((_, i) => tall[(i % 9) * 4 + Math.floor(i / 9)]!)).toBeAllclose(wide);
  });
});
