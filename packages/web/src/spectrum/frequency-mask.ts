/** Which frequencies are kept: those near the centre, or the others. */
export type Pass = 'low' | 'high';

/** A mask of the kind MFM is trained with. */
export interface MaskChoice {
  readonly pass: Pass;
  /** Inner radius in bins; a bin at exactly this distance lies outside. */
  readonly radius: number;
  /** Outer radius of the band in bins; without it the band has no end. */
  readonly outerRadius?: number | undefined;
}

/**
 * The mask of a square spectrum, as the official code draws it. `low` masks the band radius² ≤ d² < outerRadius², where d is a bin's distance
 * from DC; `high` is its complement.
 *
 * @param size side of the spectrum in bins
 * @returns float32 [size, size], 1 = frequency kept, 0 = masked, DC at ⌊size/2⌋
 * @throws RangeError when the radii are negative or in the wrong order
 */
export function frequencyMask(size: number, { pass, radius, outerRadius }: MaskChoice): Float32Array<ArrayBuffer> {
  const outer = outerRadius ?? Number.POSITIVE_INFINITY;
  if (!(radius >= 0) || !(outer >= radius)) {
    throw new RangeError(`frequencyMask: radii must satisfy 0 ≤ radius ≤ outerRadius, got ${radius} and ${outer}.`);
  }
  const centre = Math.floor(size / 2);
  const [inBand, elsewhere] = pass === 'low' ? [0, 1] : [1, 0];
  const mask = new Float32Array(size * size);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const squared = (x - centre) ** 2 + (y - centre) ** 2;
      mask[y * size + x] = radius ** 2 <= squared && squared < outer ** 2 ? inBand : elsewhere;
    }
  }
  return mask;
}

/** Share of the frequencies that a mask keeps, in [0, 1]. */
export function keptShare(mask: Float32Array): number {
  let kept = 0;
  for (const value of mask) kept += value;
  return kept / mask.length;
}
