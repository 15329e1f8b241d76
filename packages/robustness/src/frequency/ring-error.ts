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

/** Energies by ring, float32 `[N, ringCount(side)]`, of images that are put in by batches. Zeros until then: parts made by several processes add up to the whole. */
export interface RingEnergies {
  readonly side: number;
  /** N. */
  readonly images: number;
  /** Of restored − image. */
  readonly error: Float32Array;
  /** Of what the model was given − image. */
  readonly inputError: Float32Array;
  /** Of the images. */
  readonly energy: Float32Array;
}

/** Of no image yet. */
export function createRingEnergies(side: number, images: number): RingEnergies {
  const zeros = () => new Float32Array(images * ringCount(side));
  return { side, images, error: zeros(), inputError: zeros(), energy: zeros() };
}

/**
 * Puts a batch in.
 *
 * @param from place of its first image
 * @param images, input, restored float32 `[M, 3, side, side]`, [0, 1] scale: the clean images, what the model was given, what it made of that
 */
export function putRingEnergies(
  { side, error, inputError, energy }: RingEnergies,
  from: number,
  images: Float32Array,
  input: Float32Array,
  restored: Float32Array,
): void {
  const start = from * ringCount(side);
  const minus = (other: Float32Array) => other.map((value, i) => value - images[i]!);
  energy.set(radialEnergy(images, side), start);
  inputError.set(radialEnergy(minus(input), side), start);
  error.set(radialEnergy(minus(restored), side), start);
}

/** Sums over images, in their order: however they were put in, the same to the last bit. */
function sumRings(energies: Float32Array, rings: number): Float64Array {
  const sums = new Float64Array(rings);
  for (let i = 0; i < energies.length; i++) sums[i % rings]! += energies[i]!;
  return sums;
}

/** Error by ring over all images. */
export function ringErrors({ side, images, ...energies }: RingEnergies): RingError[] {
  const rings = ringCount(side);
  const values = images * 3 * side * side;
  const [energy, inputError] = [sumRings(energies.energy, rings), sumRings(energies.inputError, rings)];
  return Array.from(sumRings(energies.error, rings), (wrong, ring) => ({
    ring,
    relative: wrong / energy[ring]!,
    inputRelative: inputError[ring]! / energy[ring]!,
    psnr: wrong > 0 ? 10 * Math.log10(values / wrong) : null,
  }));
}
