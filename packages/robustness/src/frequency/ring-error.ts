import { radialEnergy, ringCount } from './radial-spectrum.ts';

/** How well a ring of the spectrum was restored, over all images. */
export interface RingError {
  /** Distance from DC in cycles per image, rounded. */
  readonly ring: number;
  /** ‖F(restored) − F(image)‖² / ‖F(image)‖² in the ring: 0 perfect, 1 as good as leaving it out. */
  readonly relative: number;
  /** The same of what the model was given instead of the image: 1 where it was masked. */
  readonly inputRelative: number;
  /** 10 log₁₀(1 / MSE) in dB, of the part of the mean squared error that lies in the ring (Parseval); null where there is none. */
  readonly psnr: number | null;
}

/** Sums over batches, of {@link addRingErrors}. */
export interface RingSums {
  readonly side: number;
  images: number;
  readonly error: Float64Array;
  readonly inputError: Float64Array;
  readonly energy: Float64Array;
}

/** No images yet. */
export function createRingSums(side: number): RingSums {
  const zeros = () => new Float64Array(ringCount(side));
  return { side, images: 0, error: zeros(), inputError: zeros(), energy: zeros() };
}

function addTo(sums: Float64Array, energies: Float32Array): void {
  for (let i = 0; i < energies.length; i++) sums[i % sums.length]! += energies[i]!;
}

/**
 * Adds a batch.
 *
 * @param images, input, restored float32 `[N, 3, side, side]`, [0, 1] scale: the clean images, what the model was given, what it made of that
 */
export function addRingErrors(sums: RingSums, images: Float32Array, input: Float32Array, restored: Float32Array): void {
  const { side } = sums;
  const minus = (other: Float32Array) => other.map((value, i) => value - images[i]!);
  addTo(sums.energy, radialEnergy(images, side));
  addTo(sums.inputError, radialEnergy(minus(input), side));
  addTo(sums.error, radialEnergy(minus(restored), side));
  sums.images += images.length / (3 * side * side);
}

/** Error by ring, from the sums. */
export function ringErrors({ side, images, error, inputError, energy }: RingSums): RingError[] {
  const values = images * 3 * side * side;
  return Array.from(error, (wrong, ring) => ({
    ring,
    relative: wrong / energy[ring]!,
    inputRelative: inputError[ring]! / energy[ring]!,
    psnr: wrong > 0 ? 10 * Math.log10(values / wrong) : null,
  }));
}
