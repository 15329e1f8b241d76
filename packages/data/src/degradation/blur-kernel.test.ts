import { describe, expect, it } from '@jest/globals';
import { UserError } from '@mfm/cli';
import fc from 'fast-check';
import { type BlurKernelOptions, blurKernel, KERNEL_FAMILIES } from './blur-kernel.ts';

const size = fc.integer({ min: 0, max: 10 }).map((radius) => 2 * radius + 1);
const within = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const gaussianLike = fc.record({
  family: fc.constantFrom(...KERNEL_FAMILIES.filter((family) => family !== 'sinc')),
  size,
  sigmaX: within(0.2, 3),
  sigmaY: within(0.2, 3),
  angle: within(-Math.PI, Math.PI),
  beta: within(0.5, 4),
});
const sinc = fc.record({ family: fc.constant('sinc' as const), size, omega: within(Math.PI / 5, Math.PI) });
const anyKernel: fc.Arbitrary<BlurKernelOptions> = fc.oneof(gaussianLike, sinc);

const transpose = (kernel: Float64Array, side: number) =>
  kernel.map((_, i) => kernel[(i % side) * side + Math.floor(i / side)]!);

describe('blurKernel', () => {
  it('sums to 1 and is symmetric about its centre, which no other weight exceeds', () => {
    fc.assert(
      fc.property(anyKernel, (options) => {
        const kernel = blurKernel(options);
        expect(kernel).toHaveLength(options.size ** 2);
        expect(kernel.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
        expect(kernel.toReversed()).toBeAllclose(kernel, { rtol: 1e-13, atol: 1e-15 });
        expect(Math.max(...kernel)).toBe(kernel[(kernel.length - 1) / 2]);
      }),
    );
  });

  it('is symmetric in x and y in round families, whatever the second axis', () => {
    const round = fc.oneof(
      gaussianLike.filter(({ family }) => family.endsWith('_iso') || family === 'iso'),
      sinc,
    );
    fc.assert(
      fc.property(round, (options) => {
        const kernel = blurKernel(options);
        expect(transpose(kernel, options.size)).toBeAllclose(kernel, { rtol: 1e-13, atol: 1e-15 });
      }),
    );
  });

  it('turns by 90° when its axes are exchanged, and is mirrored with the angle', () => {
    const elliptic = gaussianLike.filter(({ family }) => family.endsWith('aniso'));
    // The covariance is float32; thin ellipses magnify its rounding.
    const tolerance = { rtol: 1e-3, atol: 1e-5 };
    fc.assert(
      fc.property(elliptic, (options) => {
        const { sigmaX, sigmaY, angle, size: side } = options;
        const kernel = blurKernel(options);
        const exchanged = { ...options, sigmaX: sigmaY, sigmaY: sigmaX, angle: angle + Math.PI / 2 };
        expect(blurKernel(exchanged)).toBeAllclose(kernel, tolerance);
        const mirrored = kernel.map((_, i) => kernel[i - (i % side) + (side - 1 - (i % side))]!);
        expect(blurKernel({ ...options, angle: -angle })).toBeAllclose(mirrored, tolerance);
      }),
    );
  });

  it('is the density of its definition', () => {
    const density = (x: number, y: number) => {
      const [cos, sin] = [Math.cos(0.5), Math.sin(0.5)];
      const [along, across] = [cos * x + sin * y, -sin * x + cos * y];
      return (along / 2) ** 2 + (across / 0.8) ** 2;
    };
    const ratios = (profile: (q: number) => number) =>
      Float64Array.from({ length: 25 }, (_, i) => profile(density((i % 5) - 2, Math.floor(i / 5) - 2)));
    const options = { size: 5, sigmaX: 2, sigmaY: 0.8, angle: 0.5, beta: 1.5 };
    const scaled = (family: 'aniso' | 'generalized_aniso' | 'plateau_aniso') => {
      const kernel = blurKernel({ family, ...options });
      return kernel.map((weight) => weight / kernel[12]!);
    };
    expect(scaled('aniso')).toBeAllclose(ratios((q) => Math.exp(-q / 2)));
    expect(scaled('generalized_aniso')).toBeAllclose(ratios((q) => Math.exp(-(q ** 1.5) / 2)));
    expect(scaled('plateau_aniso')).toBeAllclose(ratios((q) => 1 / (1 + q ** 1.5)));
  });

  it('is Gaussian when generalised with exponent 1', () => {
    const options = { size: 7, sigmaX: 1.2, sigmaY: 2, angle: 1, beta: 1 };
    expect(blurKernel({ family: 'generalized_aniso', ...options })).toEqual(
      blurKernel({ family: 'aniso', ...options }),
    );
  });

  it('refuses what is no kernel', () => {
    expect(() => blurKernel({ family: 'iso', size: 4, sigmaX: 1 })).toThrow(
      /size must be an odd number of pixels, got 4/,
    );
    expect(() => blurKernel({ family: 'aniso', size: 5, sigmaX: 1, sigmaY: 0 })).toThrow(UserError);
    expect(() => blurKernel({ family: 'sinc', size: 5, omega: 0 })).toThrow(/omega must be above 0, got 0/);
  });
});
