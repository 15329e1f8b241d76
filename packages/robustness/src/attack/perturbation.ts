import { filterPlanes } from '../frequency/pass-filter.ts';
import type { Band } from './attack.ts';
import { bandMask } from './band-mover.ts';
import type { ImageShape } from './gradient-classifier.ts';
import { NORMS } from './norm.ts';

/** What an attack changed: adversarial − clean, in units of [0, 1] pixels. @returns float32 of the same shape */
export const perturbationOf = (clean: Float32Array, adversarial: Float32Array): Float32Array =>
  adversarial.map((value, i) => value - clean[i]!);

/** Sizes of the perturbations of a batch, float32 `[N]` each. */
export interface PerturbationSizes {
  /** Largest change of a value. */
  readonly linf: Float32Array;
  /** Euclidean length over all values of the image. */
  readonly l2: Float32Array;
  /** Share of the squared length outside a band, in [0, 1]; what clipping to [0, 1] put there. */
  readonly outsideBand?: Float32Array;
}

/** Measures the perturbation of each image, and with a band how much of it is outside. */
export function perturbationSizes(
  clean: Float32Array,
  adversarial: Float32Array,
  shape: ImageShape,
  band?: Band,
): PerturbationSizes {
  const [count, , , side] = shape;
  const length = clean.length / count;
  const mask = band && bandMask(side, band);
  const [linf, l2, outside] = [0, 1, 2].map(() => new Float32Array(count)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  for (let i = 0; i < count; i++) {
    const [from, to] = [i * length, (i + 1) * length];
    const perturbation = perturbationOf(clean.subarray(from, to), adversarial.subarray(from, to));
    linf[i] = NORMS.linf.length(perturbation);
    l2[i] = NORMS.l2.length(perturbation);
    if (mask) outside[i] = energyOutside(perturbation, side, mask);
  }
  return { linf, l2, ...(mask && { outsideBand: outside }) };
}

/** Share of the squared length of planes `[…, side, side]` at masked frequencies; 0 where there is nothing. */
export function energyOutside(planes: Float32Array, side: number, mask: Uint8Array): number {
  let [whole, inside] = [0, 0];
  for (const value of planes) whole += value * value;
  filterPlanes(planes, side, mask, (_, filtered) => {
    for (const value of filtered) inside += value * value;
  });
  return whole === 0 ? 0 : Math.max(0, 1 - inside / whole);
}
