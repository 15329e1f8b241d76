import { describe, expect, it } from '@jest/globals';
import { UserError } from '@mfm/cli';
import fc from 'fast-check';
import { createRandom } from '../random/random.ts';
import { testPixels } from '../testing/image-files.ts';
import { KERNEL_FAMILIES } from './blur-kernel.ts';
import { type Deblur, drawKernel } from './deblur.ts';
import { checkDegradation, type DegradationSpec, degradeImage } from './degrade-image.ts';
import type { Denoise } from './denoise.ts';

// The official settings, but for the turn, which they round to four decimals.
const DEBLUR: Deblur = {
  type: 'deblur',
  kernelSize: [7, 9, 11, 13, 15, 17, 19, 21],
  kernelList: ['iso', 'aniso', 'generalized_iso', 'generalized_aniso', 'plateau_iso', 'plateau_aniso', 'sinc'],
  kernelProb: [0.405, 0.225, 0.108, 0.027, 0.108, 0.027, 0.1],
  sigmaX: [0.2, 3],
  sigmaY: [0.2, 3],
  rotateAngle: [-Math.PI, Math.PI],
  betaGaussian: [0.5, 4],
  betaPlateau: [1, 2],
};
const DENOISE: Denoise = {
  type: 'denoise',
  noise: ['gaussian', 'poisson'],
  noiseProb: [0.5, 0.5],
  gaussianSigma: [1, 30],
  gaussianGrayProb: 0.4,
  poissonScale: [0.05, 3],
  poissonGrayProb: 0.4,
};
const SPECS: DegradationSpec[] = [{ type: 'sr', factor: 8 }, DEBLUR, DENOISE];
const open = (sample: number) => createRandom(5, 1, sample, 'degradation');

describe('degradeImage', () => {
  it.each(SPECS)('is a function of image and key: $type', (spec) => {
    const pixels = testPixels(32, 32, 1);
    const first = degradeImage(pixels, 32, spec, open(0));
    expect(first).toHaveLength(3 * 32 * 32);
    expect(first.every(Number.isFinite)).toBe(true);
    expect(degradeImage(pixels, 32, spec, open(0))).toEqual(first);
    const other = degradeImage(pixels, 32, spec, open(1));
    if (spec.type === 'sr') expect(other).toEqual(first);
    else expect(other).not.toEqual(first);
  });

  it('keeps a constant image under sr and deblur, planes in order red, green, blue', () => {
    const pixels = Uint8Array.from({ length: 3 * 256 }, (_, i) => [51, 102, 255][i % 3]!);
    const expected = Float32Array.from({ length: 3 * 256 }, (_, i) => [0.2, 0.4, 1][Math.floor(i / 256)]!);
    for (const spec of SPECS.slice(0, 2)) {
      for (let sample = 0; sample < 20; sample++) {
        expect(degradeImage(pixels, 16, spec, open(sample))).toBeAllclose(expected);
      }
    }
  });

  it('clamps sr alone: a black and white edge overshoots in each resize', () => {
    const pixels = Uint8Array.from({ length: 3 * 256 }, (_, i) => (Math.floor(i / 3) % 16 < 7 ? 0 : 255));
    const image = degradeImage(pixels, 16, { type: 'sr', factor: 2 }, open(0));
    expect([Math.min(...image), Math.max(...image)]).toEqual([0, 1]);
    const sinc: Deblur = { ...DEBLUR, kernelProb: [0, 0, 0, 0, 0, 0, 1] };
    const ringing = degradeImage(pixels, 16, sinc, open(0));
    expect(Math.min(...ringing)).toBeLessThan(0);
    expect(Math.max(...ringing)).toBeGreaterThan(1);
  });

  it('draws gray noise with its probability, whichever the noise', () => {
    const flat = new Uint8Array(3 * 64).fill(128);
    for (const noise of ['gaussian', 'poisson'] as const) {
      const spec: Denoise = { ...DENOISE, noise: [noise], noiseProb: [1] };
      let gray = 0;
      for (let sample = 0; sample < 500; sample++) {
        const noisy = degradeImage(flat, 8, spec, open(sample));
        const first = noisy.subarray(0, 64);
        if (first.every((value, i) => value === noisy[i + 64] && value === noisy[i + 128])) gray++;
      }
      // Five deviations of 500 draws with probability 0.4.
      expect(Math.abs(gray - 200)).toBeLessThan(55);
    }
  });
});

describe('drawKernel', () => {
  const draws = Array.from({ length: 4000 }, (_, sample) => drawKernel(DEBLUR, open(sample)));

  it('draws families with their probabilities and sizes alike', () => {
    const share = (test: (draw: (typeof draws)[number]) => boolean) => draws.filter(test).length / draws.length;
    const near = (actual: number, p: number) =>
      // Five standard errors.
      expect(Math.abs(actual - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / draws.length));
    KERNEL_FAMILIES.forEach((name) => {
      near(
        share(({ family }) => family === name),
        DEBLUR.kernelProb[DEBLUR.kernelList.indexOf(name)]!,
      );
    });
    for (const side of DEBLUR.kernelSize) {
      near(
        share(({ size }) => size === side),
        1 / 8,
      );
    }
  });

  it('keeps to the ranges; exponents lie between 1 and a value of their range, and gather at 1', () => {
    const betas: number[] = [];
    for (const draw of draws) {
      if (draw.family === 'sinc') {
        expect(draw.omega).toBeGreaterThanOrEqual(draw.size < 13 ? Math.PI / 3 : Math.PI / 5);
        expect(draw.omega).toBeLessThan(Math.PI);
        continue;
      }
      const { sigmaX, sigmaY = 0, angle = 9, beta = 0, family } = draw;
      for (const sigma of [sigmaX, sigmaY]) expect(sigma >= 0.2 && sigma < 3).toBe(true);
      expect(Math.abs(angle)).toBeLessThanOrEqual(Math.PI);
      const [low, high] = family.startsWith('plateau') ? [1, 2] : [0.5, 4];
      expect(beta >= low && beta <= high).toBe(true);
      if (family.startsWith('plateau')) betas.push(beta);
    }
    // Uniform between 1 and a uniform value of [1, 2]: mean 1.25, not the 1.5 of one draw.
    const mean = betas.reduce((sum, beta) => sum + beta, 0) / betas.length;
    expect(Math.abs(mean - 1.25)).toBeLessThan(0.05);
  });
});

describe('checkDegradation', () => {
  const refused: [DegradationSpec, string][] = [
    [{ type: 'sr', factor: 5 }, 'factor must be an integer that divides the image size (32), got 5'],
    [{ type: 'sr', factor: 0 }, 'factor must be an integer that divides the image size (32), got 0'],
    [{ ...DEBLUR, kernelSize: [7, 8] }, 'kernelSize must be odd numbers of pixels, got [7, 8]'],
    [{ ...DEBLUR, kernelSize: [] }, 'kernelSize must be odd numbers of pixels, got []'],
    [{ ...DEBLUR, kernelList: ['iso', 'box' as 'iso'] }, 'kernelList must be of iso, aniso'],
    [{ ...DEBLUR, kernelProb: [1] }, 'kernelProb must be a probability for each of kernelList (7), 1 in all, got [1]'],
    [{ ...DEBLUR, sigmaX: [0, 3] }, 'sigmaX must be a range [low, high] of numbers above 0, got [0, 3]'],
    [{ ...DEBLUR, rotateAngle: [1, -1] }, 'rotateAngle must be a range [low, high] of numbers, got [1, -1]'],
    [{ ...DENOISE, noiseProb: [0.5, 0.6] }, 'noiseProb must be a probability for each of noise (2), 1 in all'],
    [{ ...DENOISE, noiseProb: [1.5, -0.5] }, 'noiseProb must be a probability'],
    [{ ...DENOISE, gaussianSigma: [-1, 3] }, 'gaussianSigma must be a range [low, high] of numbers of at least 0'],
    [{ ...DENOISE, gaussianSigma: [1, Number.NaN] }, 'gaussianSigma must be a range'],
    [{ ...DENOISE, poissonGrayProb: 1.1 }, 'poissonGrayProb must be a probability in [0, 1], got 1.1'],
    [{ type: 'jpeg' } as unknown as DegradationSpec, 'type must be of sr, deblur, denoise, got "jpeg"'],
    [{ type: 'toString' } as unknown as DegradationSpec, 'type must be of sr, deblur, denoise, got "toString"'],
  ];

  it.each(refused)('refuses %j', (spec, message) => {
    expect(() => checkDegradation(spec, 32)).toThrow(UserError);
    expect(() => checkDegradation(spec, 32)).toThrow(message);
  });

  it('accepts the official settings, for any size that sr divides', () => {
    const sizes = fc.integer({ min: 1, max: 40 }).map((cells) => 8 * cells);
    fc.assert(
      fc.property(fc.constantFrom(...SPECS), sizes, (spec, size) => {
        expect(() => checkDegradation(spec, size)).not.toThrow();
      }),
    );
  });
});
