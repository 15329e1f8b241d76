import { describe, expect, it } from '@jest/globals';
import { fft2d } from '@mfm/data/fft';
import fc from 'fast-check';
import { completedAmplitudes, completeFrequencies } from './complete-frequencies.ts';
import { frequencyMask } from './frequency-mask.ts';

const SIZE = 8;
const wave = (fx: number, fy: number) =>
  Float32Array.from({ length: 3 * SIZE * SIZE }, (_, i) =>
    Math.cos((2 * Math.PI * (fx * (i % SIZE) + fy * Math.floor((i % (SIZE * SIZE)) / SIZE))) / SIZE),
  );
const sum = (a: Float32Array, b: Float32Array) => a.map((value, i) => value + b[i]!);
const low = frequencyMask(SIZE, { pass: 'low', radius: 2 });

describe('completeFrequencies', () => {
  it('takes kept frequencies from the picture and masked ones from the model', () => {
    const completed = completeFrequencies(sum(wave(1, 0), wave(3, 0)), sum(wave(0, 1), wave(0, 3)), low, SIZE);
    expect(completed).toBeAllclose(sum(wave(1, 0), wave(0, 3)), { atol: 1e-6 });
  });

  it('is the picture where everything is kept or well predicted, and the model’s where nothing is kept', () => {
    const images = fc.float32Array({ minLength: 192, maxLength: 192, min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(images, images, (image, other) => {
        const [all, none] = [new Float32Array(64).fill(1), new Float32Array(64)];
        expect(completeFrequencies(image, other, all, SIZE)).toBeAllclose(image, { atol: 1e-6 });
        expect(completeFrequencies(image, other, none, SIZE)).toBeAllclose(other, { atol: 1e-6 });
        expect(completeFrequencies(image, image, low, SIZE)).toBeAllclose(image, { atol: 1e-6 });
      }),
      { numRuns: 20 },
    );
  });

  it('has the amplitudes that completedAmplitudes says', () => {
    const amplitudes = (image: Float32Array) =>
      Float32Array.from({ length: image.length }, (_, i) => {
        const [plane, y, x] = [Math.floor(i / 64), Math.floor((i % 64) / 8), i % 8];
        const { re, im } = fft2d(image.subarray(plane * 64, (plane + 1) * 64), SIZE);
        const at = ((y + 4) % 8) * 8 + ((x + 4) % 8);
        return Math.hypot(re[at]!, im[at]!) / SIZE;
      });
    const [image, other] = [sum(wave(1, 1), wave(3, 2)), sum(wave(2, 3), wave(0, 1))];
    const completed = completeFrequencies(image, other, low, SIZE);
    expect(completedAmplitudes(amplitudes(image), amplitudes(other), low)).toBeAllclose(amplitudes(completed), {
      atol: 1e-5,
    });
  });
});
