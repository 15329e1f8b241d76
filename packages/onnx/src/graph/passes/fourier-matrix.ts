import type { Value } from '../value.ts';

/** Fewer rows than this can satisfy the recurrence by chance. */
const FEWEST_ROWS = 6;

/** Deviation from the recurrence, relative to the column's greatest element, that float32 rounding of the elements explains. */
const TOLERANCE = 1e-4;

/** A column is zero below this part of the matrix's greatest element. */
const NEGLIGIBLE = 1e-6;

/** Share of places that must satisfy it: at a seam between blocks of cosines and sines two do not, of the six or more beside nothing but zeros. */
const SHARE = 0.65;

/**
 * Whether numbers a₀, a₁, … are samples of one sinusoid: then aⱼ₋₁ + aⱼ₊₁ = 2 cos ω · aⱼ throughout. Runs of zeros prove nothing.
 */
function isSinusoid(at: (index: number) => number, length: number, negligible: number): boolean {
  let greatest = 0;
  for (let i = 0; i < length; i++) greatest = Math.max(greatest, Math.abs(at(i)));
  if (greatest <= negligible) return true;
  const ratios: number[] = [];
  for (let i = 1; i < length - 1; i++) {
    if (Math.abs(at(i)) > 0.3 * greatest) ratios.push((at(i - 1) + at(i + 1)) / at(i));
  }
  const factor = ratios.sort((a, b) => a - b)[Math.floor(ratios.length / 2)];
  if (factor === undefined) return false;
  let [places, fitting] = [0, 0];
  for (let i = 1; i < length - 1; i++) {
    const [before, here, after] = [at(i - 1), at(i), at(i + 1)];
    if (before === 0 && here === 0 && after === 0) continue;
    places++;
    if (Math.abs(before + after - factor * here) <= TOLERANCE * greatest) fitting++;
  }
  return fitting >= SHARE * places;
}

/**
 * Whether a constant is a matrix of a discrete Fourier (or cosine) transform, whatever its scaling and the order of its frequencies:
 * all its columns are sinusoids, up to the seams between blocks.
 */
export function isFourierMatrix({ type, shape, source }: Value): boolean {
  if (source.kind !== 'constant' || type !== 'float32' || shape.length !== 2 || source.uniform !== undefined)
    return false;
  const [rows, columns] = shape as [number, number];
  if (rows < FEWEST_ROWS || columns < 2) return false;
  const data = source.data as Float32Array;
  // sin πx, at the highest frequency, is rounding alone.
  const negligible = NEGLIGIBLE * data.reduce((greatest, value) => Math.max(greatest, Math.abs(value)), 0);
  for (let column = 0; column < columns; column++) {
    if (!isSinusoid((row) => data[row * columns + column]!, rows, negligible)) return false;
  }
  return true;
}
