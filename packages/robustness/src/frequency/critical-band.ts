import { UserError } from '@mfm/cli';
import { type Complex, createRandom, inverseComplexFft2d } from '@mfm/data';
import type { ImageBatch } from '../evaluate/test-batch.ts';

/**
 * Standard deviations of the noise, images in [0, 1]: `NOISE_SDS` of Subramanian et al.'s code
 * (github.com/ajaysub110/critical-band-masking, hyperparameters.py), 0 standing for the image without noise.
 */
export const BAND_NOISE_DEVIATIONS = [0, 0.02, 0.04, 0.08, 0.16] as const;

/** Contrast the images are reduced to, the mean they get, and where a pixel that leaves [0, 1] is put: from the same file. */
export const BAND_CONTRAST = 0.2;
export const BAND_MEAN = 0.449;
const MARGIN = 0.1;

/**
 * Centres of the octave-wide bands in cycles per image: side/2, side/4, … down to at least 1, lowest first. At 224 px the seven of the paper,
 * 1.75 to 112.
 */
export const bandCentres = (side: number): number[] =>
  Array.from({ length: Math.floor(Math.log2(side)) }, (_, k) => side / 2 ** (k + 1)).reverse();

/**
 * Noise of one octave, from centre/√2 to centre · √2 cycles per image: Gaussian, mean 0, its standard deviation over the image exactly 1, as
 * the code scales each band's noise to one power. The band is cut sharply in the spectrum; the code takes a level of a Laplacian
 * pyramid, whose edges are soft.
 *
 * @param sample index of the image, which with the seed and the centre keys the draws
 * @returns float64 `[side, side]`
 * @throws UserError for a band without a bin
 */
export function bandNoise(side: number, centre: number, seed: number, sample: number): Float64Array<ArrayBuffer> {
  const area = side * side;
  const spectrum: Complex = { re: new Float64Array(area), im: new Float64Array(area) };
  const random = createRandom(seed, sample, `critical band ${centre}`);
  const half = Math.floor(side / 2);
  const frequency = (index: number) => (index < side - half ? index : index - side);
  let bins = 0;
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const squared = frequency(y) ** 2 + frequency(x) ** 2;
      if (2 * squared < centre ** 2 || squared >= 2 * centre ** 2) continue;
      spectrum.re[y * side + x] = random.normal();
      spectrum.im[y * side + x] = random.normal();
      bins++;
    }
  }
  if (bins === 0) throw new UserError(`bandNoise: the octave around ${centre} has no frequency in ${side} pixels.`);
  // Without symmetry the inverse is complex; its real part alone is noise with the same spectrum.
  const { re } = inverseComplexFft2d(spectrum, side);
  const deviation = Math.sqrt(re.reduce((sum, value) => sum + value * value, 0) / area);
  for (let i = 0; i < area; i++) re[i]! /= deviation;
  return re;
}

export interface CriticalBand {
  /** Centre of the octave in cycles per image; of no meaning without noise. */
  readonly centre: number;
  /** Standard deviation of the noise, images in [0, 1]. */
  readonly deviation: number;
  readonly seed: number;
}

/**
 * Stimuli of critical-band masking (Subramanian, Sizikova, Majaj, Pelli, "Spatial-frequency channels, shape bias, and adversarial
 * robustness", NeurIPS 2023): the image in grey (ITU-R 601), its contrast reduced to 20 % about the mean, moved to the mean 0.449, plus noise
 * of one octave, equal in the three channels. A pixel below 0 becomes 0.1 and one above 1 becomes 0.9, as in the authors' code.
 *
 * @param batch float32 `[N, 3, side, side]` in [0, 1]
 * @throws UserError when the images are not square
 */
export function maskCriticalBand(batch: ImageBatch, { centre, deviation, seed }: CriticalBand): ImageBatch {
  const [count, , height, side] = batch.shape;
  if (height !== side) {
    throw new UserError(`maskCriticalBand: images must be square, got ${height} × ${side} pixels.`);
  }
  const area = side * side;
  const out = new Float32Array(batch.images.length);
  const grey = new Float64Array(area);
  for (let image = 0; image < count; image++) {
    const start = image * 3 * area;
    const red = batch.images.subarray(start, start + area);
    const green = batch.images.subarray(start + area, start + 2 * area);
    const blue = batch.images.subarray(start + 2 * area, start + 3 * area);
    let sum = 0;
    for (let i = 0; i < area; i++) {
      grey[i] = 0.299 * red[i]! + 0.587 * green[i]! + 0.114 * blue[i]!;
      sum += grey[i]!;
    }
    const noise = deviation > 0 ? bandNoise(side, centre, seed, batch.indices[image]!) : undefined;
    for (let i = 0; i < area; i++) {
      const value = (grey[i]! - sum / area) * BAND_CONTRAST + BAND_MEAN + deviation * (noise?.[i] ?? 0);
      const shown = value < 0 ? MARGIN : value > 1 ? 1 - MARGIN : value;
      for (let channel = 0; channel < 3; channel++) out[start + channel * area + i] = shown;
    }
  }
  return { ...batch, images: out };
}
