import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Image } from '../image.ts';
import { resample, type Sampling } from '../resample.ts';
import { PRECISION, resampleTaps } from '../resample-filter.ts';

/** One axis by the definition: `weights` in int32, rounded to a byte. `at(i)` is the value at the i-th source position. */
function filtered(weights: Int32Array, at: (tap: number) => number): number {
  const sum = weights.reduce((total, weight, tap) => (total + weight * at(tap)) | 0, 1 << (PRECISION - 1));
  return Math.min(255, Math.max(0, sum >> PRECISION));
}

/** `resample` one value at a time. */
function reference({ pixels, width }: Image, { box, outWidth, outHeight, window, flip, filter }: Sampling): number[] {
  const part = window ?? { left: 0, top: 0, width: outWidth, height: outHeight };
  const across = resampleTaps(filter!, box.width, outWidth, part.left, part.width);
  const down = resampleTaps(filter!, box.height, outHeight, part.top, part.height);
  const taps = ({ weights, stride, count }: typeof across, i: number) =>
    weights.subarray(i * stride, i * stride + count[i]!);
  const result: number[] = [];
  for (let y = 0; y < part.height; y++) {
    for (let place = 0; place < part.width; place++) {
      const x = flip ? part.width - 1 - place : place;
      for (let channel = 0; channel < 3; channel++) {
        const row = (top: number) =>
          filtered(taps(across, x), (tap) => {
            const left = box.left + across.start[x]! + tap;
            return pixels[((box.top + top) * width + left) * 3 + channel]!;
          });
        result.push(filtered(taps(down, y), (tap) => row(down.start[y]! + tap)));
      }
    }
  }
  return result;
}

/** A part of a length: where it starts and how long it is. */
const part = (length: number, at: number, share: number) => {
  const start = Math.min(length - 1, Math.floor(at * length));
  return [start, 1 + Math.floor(share * (length - start - 1))] as const;
};

const fraction = fc.double({ min: 0, max: 0.999, noNaN: true });
const sizes = fc.integer({ min: 1, max: 19 });

describe('the resampling kernel', () => {
  it('equals one value at a time, for any box, size, window, filter and flip', () => {
    fc.assert(
      fc.property(
        fc.tuple(sizes, sizes, sizes, sizes),
        fc.array(fraction, { minLength: 8, maxLength: 8 }),
        fc.constantFrom('bicubic', 'bilinear', 'box'),
        fc.tuple(fc.boolean(), fc.boolean(), fc.integer()),
        ([width, height, outWidth, outHeight], at, filter, [flip, windowed, seed]) => {
          // Black and white among the bytes: they overshoot most.
          const bytes = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
            const value = Math.imul(i + 1, seed | 1) >>> 13;
            return value % 3 === 0 ? (value & 8 ? 255 : 0) : value;
          });
          const boxOf = (w: number, h: number, from: number) => {
            const [left, boxWidth] = part(w, at[from]!, at[from + 1]!);
            const [top, boxHeight] = part(h, at[from + 2]!, at[from + 3]!);
            return { left, top, width: boxWidth, height: boxHeight };
          };
          const plan: Sampling = { box: boxOf(width, height, 0), outWidth, outHeight, flip, filter };
          if (windowed) plan.window = boxOf(outWidth, outHeight, 4);
          const image = { pixels: bytes, width, height };
          expect([...resample(image, plan)]).toEqual(reference(image, plan));
        },
      ),
      { numRuns: 150 },
    );
  });

  it('takes an image that is larger than its memory strip by strip', () => {
    const [width, height] = [3000, 40];
    const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => Math.imul(i, 2654435761) >>> 11);
    const box = { left: 7, top: 3, width: 2990, height: 35 };
    const plan: Sampling = { box, outWidth: 2, outHeight: 3, filter: 'bicubic', flip: true };
    const image = { pixels, width, height };
    expect([...resample(image, plan)]).toEqual(reference(image, plan));
  });

  it('is what its source compiles to', () => {
    const script = fileURLToPath(new URL('../../../scripts/compile-kernel.mjs', import.meta.url));
    const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });
});
