/** Concentric rectangles that fall off as 1 / r², of length 1: `[height, width]`. */
function rectangles(height: number, width: number): Float64Array {
  const bump = new Float64Array(height * width);
  const [halfHeight, halfWidth] = [Math.floor(height / 2), Math.floor(width / 2)];
  for (let ring = 0; ring <= Math.max(halfHeight, halfWidth); ring++) {
    for (let y = Math.max(0, halfHeight - ring); y < Math.min(height, halfHeight + ring + 1); y++) {
      for (let x = Math.max(0, halfWidth - ring); x < Math.min(width, halfWidth + ring + 1); x++) {
        bump[y * width + x]! += 1 / (ring + 1) ** 2;
      }
    }
  }
  return bump;
}

const cache = new Map<number, Float64Array>();

/**
 * The bump that the L2 attack adds (Andriushchenko et al. 2020 and their code): two halves of opposite sign, each concentric rectangles of
 * falling height, together of length 1. Upright: a positive half above a negative one.
 *
 * @param side at least 2
 * @returns float64 `[side, side]`; shared, not to be written to
 */
export function squareBump(side: number): Float64Array {
  const known = cache.get(side);
  if (known) return known;
  const top = Math.floor(side / 2);
  const halves = [rectangles(top, side), rectangles(side - top, side)].map((half, i) => {
    // Each half has the same weight before the whole is scaled.
    const length = Math.hypot(...half) * Math.SQRT2;
    return half.map((value) => (i === 0 ? value : -value) / length);
  });
  const bump = Float64Array.from(halves.flatMap((half) => [...half]));
  cache.set(side, bump);
  return bump;
}
