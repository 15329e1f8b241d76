import { UserError } from '@mfm/cli';
import type { Random } from '../random/random.ts';
import { type Deblur, deblur } from './deblur.ts';
import type { Degradation } from './degradation.ts';
import { type Denoise, denoise } from './denoise.ts';
import { toPlanes } from './planar-image.ts';
import { type SuperResolution, superResolution } from './super-resolution.ts';

/** How images are degraded for a pretext task; plain data, so that it can be sent to a worker or written down. */
export type DegradationSpec = SuperResolution | Deblur | Denoise;

/** Every degradation by its type. A new one is a new row here. */
const DEGRADATIONS: { [T in DegradationSpec['type']]: Degradation<Extract<DegradationSpec, { type: T }>> } = {
  sr: superResolution,
  deblur,
  denoise,
};

function degradationOf(spec: DegradationSpec): Degradation<DegradationSpec> {
  if (Object.hasOwn(DEGRADATIONS, spec.type)) return DEGRADATIONS[spec.type] as Degradation<DegradationSpec>;
  throw new UserError(`degradeImage: type must be of ${Object.keys(DEGRADATIONS).join(', ')}, got "${spec.type}".`);
}

/**
 * Checks a description before work starts.
 *
 * @param size side of the images in pixels
 * @throws UserError naming the setting that is out of range
 */
export function checkDegradation(spec: DegradationSpec, size: number): void {
  degradationOf(spec).check(spec, size);
}

/**
 * Degrades one image for a pretext task, as the official code does: `sr` resizes down and up, `deblur` blurs, `denoise` adds
 * noise. The task is to reconstruct the image itself.
 *
 * @param pixels uint8 `[size, size, 3]`, RGB
 * @param spec checked by `checkDegradation`
 * @param random draws kernel or noise: by convention `createRandom(seed, epoch, sample, 'degradation')`
 * @returns float32 `[3, size, size]` in [0, 1] scale; `deblur` and `denoise` may leave [0, 1]
 */
export function degradeImage(pixels: Uint8Array, size: number, spec: DegradationSpec, random: Random): Float32Array {
  return degradationOf(spec).apply(toPlanes(pixels, size, size), spec, random);
}
