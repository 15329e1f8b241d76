import { UserError } from '@mfm/cli';
import { fft2d } from '@mfm/data';
import { type ImageBatch, toImages } from '../evaluate/test-batch.ts';
import type { TestCase } from '../evaluate/test-case.ts';

/** Number of rings of a square spectrum: distances from DC, rounded, 0 … the corner's. */
export const ringCount = (side: number): number =>
  Math.round(Math.hypot(Math.floor(side / 2), Math.floor(side / 2))) + 1;

const ringTables = new Map<number, Uint16Array>();

/** The ring of each bin, DC first: the distance from DC in cycles per image, rounded. */
function ringsOf(side: number): Uint16Array {
  let rings = ringTables.get(side);
  if (!rings) {
    const half = Math.floor(side / 2);
    const frequency = (index: number) => (index < side - half ? index : index - side);
    rings = Uint16Array.from({ length: side * side }, (_, i) =>
      Math.round(Math.hypot(frequency(Math.floor(i / side)), frequency(i % side))),
    );
    ringTables.set(side, rings);
  }
  return rings;
}

/**
 * Energy of images by ring of their spectrum: E(k) = Σ |F|² over the three channels and the bins whose distance from DC rounds to k, orthonormal
 * scaling, so that the rings of an image sum to its ‖x‖².
 *
 * @param images float32 `[N, 3, side, side]`, of any range: perturbations, errors, pictures
 * @returns float32 `[N, ringCount(side)]`
 * @throws UserError when the length is not that of whole images
 */
export function radialEnergy(images: Float32Array, side: number): Float32Array<ArrayBuffer> {
  const area = side * side;
  const count = images.length / (3 * area);
  if (!Number.isInteger(count)) {
    throw new UserError(
      `radialEnergy: images must be float32 [N, 3, ${side}, ${side}], got ${images.length} values, which is no whole number of them.`,
    );
  }
  const rings = ringsOf(side);
  const length = ringCount(side);
  const energy = new Float32Array(count * length);
  const sums = new Float64Array(length);
  for (let image = 0; image < count; image++) {
    sums.fill(0);
    const plane = (channel: number) => {
      const start = (image * 3 + channel) * area;
      return images.subarray(start, start + area);
    };
    // Two channels share a transform: summed over a ring, which is symmetric about DC, |F(a + ib)|² = |F(a)|² + |F(b)|².
    for (const { re, im } of [fft2d(plane(0), side, plane(1)), fft2d(plane(2), side)]) {
      for (let i = 0; i < area; i++) sums[rings[i]!]! += (re[i]! * re[i]! + im[i]! * im[i]!) / area;
    }
    energy.set(sums, image * length);
  }
  return energy;
}

/** The difference of two batches of images, `[N, 3, H, W]`. */
function difference(a: ImageBatch, b: ImageBatch): Float32Array {
  return a.images.map((value, i) => value - b.images[i]!);
}

/**
 * A test that also measures the spectrum of what it did to the images: `measured.spectrum`, {@link radialEnergy} of (shown − clean) per image.
 * For attacks: where in frequency a model is attacked.
 */
export function withPerturbationSpectrum(test: TestCase): TestCase {
  return {
    ...test,
    settings: { ...test.settings, spectrum: true },
    async transform(batch) {
      const [clean, shown] = [toImages(batch), toImages(await test.transform(batch))];
      const [, , height, side] = clean.shape;
      if (height !== side) {
        throw new UserError(`withPerturbationSpectrum: images must be square, got ${height} × ${side} pixels.`);
      }
      const spectrum = radialEnergy(difference(shown, clean), side);
      return { ...shown, measured: { ...shown.measured, spectrum } };
    },
  };
}
