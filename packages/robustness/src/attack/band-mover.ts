import { UserError } from '@mfm/cli';
import { filterPlanes, lowPassMask } from '../frequency/pass-filter.ts';
import type { Band } from './attack.ts';
import type { ImageShape } from './gradient-classifier.ts';
import type { Mover, MoverOptions } from './mover.ts';
import { NORMS } from './norm.ts';
import { startRandom } from './start-random.ts';

/**
 * The band's mask over the centred spectrum: 1 = frequency may change, 0 = not, DC at ⌊side/2⌋. A bin belongs to it where its distance r from
 * DC has min ≤ r < max; 0–16 at 224 px is what MFM's low-pass mask keeps.
 *
 * @returns uint8 `[side, side]`
 * @throws UserError when no bin belongs to it
 */
export function bandMask(side: number, { min, max }: Band): Uint8Array {
  const inner = lowPassMask(side, 'disc', min);
  const mask = lowPassMask(side, 'disc', max).map((kept, i) => kept - Math.min(kept, inner[i]!));
  if (mask.includes(1)) return mask;
  const furthest = Math.floor(Math.hypot(side / 2, side / 2));
  throw new UserError(
    `bandMask: a band must have frequencies of an image of ${side} pixels (distances 0 to ${furthest}), got ${min} to ${max}. Choose another --band.`,
  );
}

/** Orthogonal projection of each plane onto the band, in place. @param values float32 `[…, side, side]` */
export function projectOntoBand(values: Float32Array, side: number, mask: Uint8Array): void {
  const area = side * side;
  filterPlanes(values, side, mask, (plane, filtered) => values.set(filtered, plane * area));
}

/** Scales a perturbation down to the ball: unlike clipping, this leaves its frequencies as they are. */
function scaleIntoBall(perturbation: Float32Array, length: number, epsilon: number): void {
  if (length <= epsilon) return;
  const scale = epsilon / length;
  for (let p = 0; p < perturbation.length; p++) perturbation[p]! *= scale;
}

/**
 * Begins an attack that changes one band of frequencies. The perturbation δ is kept apart from the image and stays in the band and in
 * the ball: gradient and step are projected onto the band, the step is scaled to its length, and where the sum leaves the ball δ is scaled
 * down, since clipping it would bring other frequencies in. The model is shown clip(clean + δ) to [0, 1]: that is still in the ball, but at
 * pixels that were clipped it can have other frequencies.
 *
 * @throws UserError for images that are not square, or a band without a frequency
 */
export function createBandMover(clean: Float32Array, shape: ImageShape, band: Band, options: MoverOptions): Mover {
  const { norm, epsilon, start } = options;
  const [count, , height, side] = shape;
  if (height !== side) {
    throw new UserError(`createBandMover: images must be square, got ${height} × ${side} pixels. Leave out --band.`);
  }
  const mask = bandMask(side, band);
  const row = NORMS[norm];
  const length = clean.length / count;
  const [perturbations, images] = [new Float32Array(clean.length), clean.slice()];
  const at = (values: Float32Array, i: number) => values.subarray(i * length, (i + 1) * length);
  const show = (i: number) => {
    const [image, own, delta] = [at(images, i), at(clean, i), at(perturbations, i)];
    for (let p = 0; p < length; p++) image[p] = Math.min(1, Math.max(0, own[p]! + delta[p]!));
  };
  if (start) {
    for (let i = 0; i < count; i++) {
      const delta = at(perturbations, i);
      row.draw(startRandom(start, i), epsilon, delta);
      projectOntoBand(delta, side, mask);
      scaleIntoBall(delta, row.length(delta), epsilon);
      show(i);
    }
  }
  return {
    images,
    move(i, gradient, step) {
      projectOntoBand(gradient, side, mask);
      row.steepest(gradient);
      // The steepest direction of L2 is in the band already; signs are not.
      if (norm === 'linf') projectOntoBand(gradient, side, mask);
      const size = row.length(gradient);
      if (size === 0) return;
      const delta = at(perturbations, i);
      for (let p = 0; p < length; p++) delta[p]! += (step / size) * gradient[p]!;
      scaleIntoBall(delta, row.length(delta), epsilon);
      show(i);
    },
  };
}
