import type { FrequencyLossOptions } from '../spectral/frequency-loss.ts';

/** What every pretext task has. */
interface TaskBase {
  /** Loss over masked frequencies only (masks are `mfm`'s alone), or over all. */
  target: 'masked' | 'normal';
  /** Options of the frequency loss that differ from the official defaults. */
  loss?: Partial<FrequencyLossOptions>;
}

/** Masked frequency modelling. */
export interface MfmTask extends TaskBase {
  filter: 'mfm';
  /** Radius of the low-pass disc on the centred spectrum, in bins. */
  maskRadius1: number;
  /** Outer radius of the masked ring; 999, beyond every spectrum in use, for none. */
  maskRadius2: number;
  /** Probability of the low-pass mask. */
  sampleRatio: number;
  /**
   * `radius` (default): the official disc or ring. `scattered`, an extension: every frequency is masked on its own, together with its
   * mirror image, with the probability `scatteredRatio`; radii and sampleRatio do not count.
   */
  maskShape?: 'radius' | 'scattered';
  /** Share of frequencies that a scattered mask masks. Default 0.5. */
  scatteredRatio?: number;
}

/** Super-resolution: the image goes through a size smaller by `factor` and back, both bicubic. */
export interface SuperResolutionTask extends TaskBase {
  filter: 'sr';
  factor: number;
}

/** Families of blur kernels. */
export type KernelFamily =
  | 'iso'
  | 'aniso'
  | 'generalized_iso'
  | 'generalized_aniso'
  | 'plateau_iso'
  | 'plateau_aniso'
  | 'sinc';

type Range = [number, number];

/** Deblurring: a kernel of a random family, size and shape for each image. Ranges are of uniform draws. */
export interface DeblurTask extends TaskBase {
  filter: 'deblur';
  /** Sides to draw from, in pixels, odd. */
  kernelSize: number[];
  kernelList: KernelFamily[];
  /** Probability of each of kernelList; need not sum up to 1. */
  kernelProb: number[];
  /** Standard deviations along the kernel's axes, in pixels. */
  sigmaX: Range;
  sigmaY: Range;
  /** Rotation in radians. */
  rotateAngle: Range;
  /** Shape of generalised Gaussian kernels. */
  betaGaussian: Range;
  /** Shape of plateau kernels. */
  betaPlateau: Range;
}

/** Denoising: noise of a random kind and strength for each image. */
export interface DenoiseTask extends TaskBase {
  filter: 'denoise';
  noise: ('gaussian' | 'poisson')[];
  /** Probability of each of `noise`. */
  noiseProb: number[];
  /** Standard deviation of Gaussian noise, of 255. */
  gaussianSigma: Range;
  /** Probability that Gaussian noise is the same in all channels. */
  gaussianGrayProb: number;
  /** Strength of Poisson noise. */
  poissonScale: Range;
  poissonGrayProb: number;
}

/** Any pretext task, named as the official configuration's `FILTER_TYPE`. */
export type PretextTask = MfmTask | SuperResolutionTask | DeblurTask | DenoiseTask;
