import type { Degradation } from './degradation.ts';
import { checkChoices, checkProbability, checkRange, choose, type Range } from './distribution.ts';
import { addGaussianNoise } from './gaussian-noise.ts';
import { addPoissonNoise } from './poisson-noise.ts';

/** Noise is added; the task is to remove it. */
export interface Denoise {
  readonly type: 'denoise';
  readonly noise: readonly ('gaussian' | 'poisson')[];
  /** Probability of each kind of noise. */
  readonly noiseProb: readonly number[];
  /** Standard deviation in levels of 8-bit images. */
  readonly gaussianSigma: Range;
  /** Probability of noise that is the same in all channels. */
  readonly gaussianGrayProb: number;
  /** Factor of the noise of light. */
  readonly poissonScale: Range;
  readonly poissonGrayProb: number;
}

const NOISES = ['gaussian', 'poisson'];

/** Official `denoise`: Gaussian or Poisson noise, colour or gray, not clamped. */
export const denoise: Degradation<Denoise> = {
  check(spec) {
    checkChoices(['noise', 'noiseProb'], spec.noise, spec.noiseProb, NOISES);
    checkRange('gaussianSigma', spec.gaussianSigma, 0);
    checkProbability('gaussianGrayProb', spec.gaussianGrayProb);
    checkRange('poissonScale', spec.poissonScale, 0);
    checkProbability('poissonGrayProb', spec.poissonGrayProb);
  },
  apply(image, spec, random) {
    if (choose(spec.noise, spec.noiseProb, random) === 'gaussian') {
      const sigma = random.uniform(...spec.gaussianSigma) / 255;
      return addGaussianNoise(image, { sigma, gray: random.uniform() < spec.gaussianGrayProb }, random);
    }
    const scale = random.uniform(...spec.poissonScale);
    return addPoissonNoise(image, { scale, gray: random.uniform() < spec.poissonGrayProb }, random);
  },
};
