import { UserError } from '@mfm/cli';
import type { Random } from '../random/random.ts';
import { type BlurKernelOptions, blurKernel, KERNEL_FAMILIES, type KernelFamily } from './blur-kernel.ts';
import type { Degradation } from './degradation.ts';
import { checkChoices, checkRange, choose, type Range } from './distribution.ts';
import { filter2d } from './filter2d.ts';

/** The image is blurred with a random kernel; the task is to sharpen it. */
export interface Deblur {
  readonly type: 'deblur';
  /** Sides of kernels in pixels, odd, equally likely. */
  readonly kernelSize: readonly number[];
  readonly kernelList: readonly KernelFamily[];
  /** Probability of each family. */
  readonly kernelProb: readonly number[];
  /** Standard deviations in pixels. */
  readonly sigmaX: Range;
  readonly sigmaY: Range;
  /** Turn of elliptic kernels in radians. */
  readonly rotateAngle: Range;
  /** Exponents of generalised Gaussian and plateau kernels: drawn between 1 and a value drawn from here. */
  readonly betaGaussian: Range;
  readonly betaPlateau: Range;
}

/** Below this size only higher cut-offs: a small kernel cannot hold a narrower sinc (Real-ESRGAN's setting). */
const WIDE_SINC_SIZE = 13;

/** Draws a kernel. Every setting is drawn whatever the family, as in the official code. */
export function drawKernel(spec: Deblur, random: Random): BlurKernelOptions {
  const family = choose(spec.kernelList, spec.kernelProb, random);
  const size = spec.kernelSize[random.integer(spec.kernelSize.length)]!;
  const sigmaX = random.uniform(...spec.sigmaX);
  const sigmaY = random.uniform(...spec.sigmaY);
  const angle = random.uniform(...spec.rotateAngle);
  const betaGaussian = random.uniform(1, random.uniform(...spec.betaGaussian));
  const betaPlateau = random.uniform(1, random.uniform(...spec.betaPlateau));
  const omega = random.uniform(size < WIDE_SINC_SIZE ? Math.PI / 3 : Math.PI / 5, Math.PI);
  if (family === 'sinc') return { family, size, omega };
  const beta = family.startsWith('plateau') ? betaPlateau : betaGaussian;
  return { family, size, sigmaX, sigmaY, angle, beta };
}

/** Official `deblur`: correlation with a kernel of one of seven families, not clamped. */
export const deblur: Degradation<Deblur> = {
  check(spec) {
    const { kernelSize } = spec;
    if (kernelSize.length === 0 || !kernelSize.every((size) => Number.isInteger(size) && size > 0 && size % 2 === 1)) {
      throw new UserError(`degradeImage: kernelSize must be odd numbers of pixels, got [${kernelSize.join(', ')}].`);
    }
    checkChoices(['kernelList', 'kernelProb'], spec.kernelList, spec.kernelProb, KERNEL_FAMILIES);
    checkRange('sigmaX', spec.sigmaX, 0, true);
    checkRange('sigmaY', spec.sigmaY, 0, true);
    checkRange('rotateAngle', spec.rotateAngle, Number.NEGATIVE_INFINITY, true);
    checkRange('betaGaussian', spec.betaGaussian, 0, true);
    checkRange('betaPlateau', spec.betaPlateau, 0, true);
  },
  apply: (image, spec, random) => filter2d(image, blurKernel(drawKernel(spec, random))),
};
