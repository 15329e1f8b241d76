import { createRandom } from '@mfm/data';
import type { ImageBatch } from '../evaluate/test-batch.ts';

/** A frequency in cycles per image, rows and columns. */
export interface FourierBin {
  readonly fy: number;
  readonly fx: number;
}

/** One row of a heat map: the bins that stand for themselves and their mirror images. */
export interface BinRow {
  /** Index of the row, 0 at the top; DC is in row ⌊size/2⌋. */
  readonly row: number;
  readonly bins: readonly FourierBin[];
}

const wrap = (frequency: number, side: number) => ((frequency % side) + side) % side;

/**
 * The distinct bins of a heat map, row by row. A real wave has a frequency and its negative, which counts once: the first in reading order
 * stands for both, as in Yin et al.'s code. 63 × 63 bins are 1985 distinct ones.
 *
 * @param size side of the map in bins, the lowest frequencies of the image, 1 … side
 * @param side side of the images in pixels
 */
export function distinctBins(size: number, side: number): BinRow[] {
  const centre = Math.floor(size / 2);
  const seen = new Set<number>();
  const rows: BinRow[] = [];
  for (let row = 0; row < size; row++) {
    const bins: FourierBin[] = [];
    for (let column = 0; column < size; column++) {
      const [fy, fx] = [row - centre, column - centre];
      if (seen.has(wrap(-fy, side) * side + wrap(-fx, side))) continue;
      seen.add(wrap(fy, side) * side + wrap(fx, side));
      bins.push({ fy, fx });
    }
    if (bins.length > 0) rows.push({ row, bins });
  }
  return rows;
}

/** Spreads the figures of distinct bins over the whole map. @returns float64 `[size, size]`, DC at ⌊size/2⌋ */
export function spreadBins(
  rows: readonly BinRow[],
  values: (row: number, index: number) => number,
  size: number,
  side: number,
) {
  const centre = Math.floor(size / 2);
  const known = new Map<number, number>();
  for (const { row, bins } of rows) {
    bins.forEach(({ fy, fx }, i) => {
      known.set(wrap(fy, side) * side + wrap(fx, side), values(row, i));
    });
  }
  return Float64Array.from({ length: size * size }, (_, i) => {
    const [fy, fx] = [Math.floor(i / size) - centre, (i % size) - centre];
    const own = known.get(wrap(fy, side) * side + wrap(fx, side));
    return own ?? known.get(wrap(-fy, side) * side + wrap(-fx, side))!;
  });
}

/**
 * The Fourier basis image of a bin: real, ‖U‖₂ = 1, its spectrum at ±(fy, fx) alone. Yin et al. 2019 put ½ + ½i at the bin and its conjugate at
 * the mirror image (1 where the two are one bin) and invert: U = √(2 / HW) · cos(2π(fy y + fx x) / side + π/4), or cos(…) / √(HW). The wave is
 * written down directly, without a transform.
 *
 * @param side side of the square image in pixels
 * @returns float32 `[side, side]`
 */
export function fourierBasis({ fy, fx }: FourierBin, side: number): Float32Array<ArrayBuffer> {
  const isAlone = wrap(2 * fy, side) === 0 && wrap(2 * fx, side) === 0;
  const [scale, phase] = isAlone ? [1 / side, 0] : [Math.SQRT2 / side, Math.PI / 4];
  // cos(a + b) = cos a cos b − sin a sin b: two tables instead of a cosine a pixel.
  const angle = (frequency: number, place: number) => (2 * Math.PI * wrap(frequency * place, side)) / side;
  const columns = Array.from({ length: side }, (_, x) => angle(fx, x) + phase);
  const [cos, sin] = [Float64Array.from(columns, Math.cos), Float64Array.from(columns, Math.sin)];
  const basis = new Float32Array(side * side);
  for (let y = 0; y < side; y++) {
    const [a, b] = [scale * Math.cos(angle(fy, y)), scale * Math.sin(angle(fy, y))];
    for (let x = 0; x < side; x++) basis[y * side + x] = a * cos[x]! - b * sin[x]!;
  }
  return basis;
}

/** The signs, ±1, of an image's three channels under a bin: a function of (seed, image, bin). */
function channelSigns(seed: number, image: number, { fy, fx }: FourierBin, side: number): readonly number[] {
  const bits = createRandom(seed, image, wrap(fy, side) * side + wrap(fx, side), 'fourier sign').integer(8);
  return [0, 1, 2].map((channel) => ((bits >> channel) & 1 ? 1 : -1));
}

/**
 * Writes clip(x + r · norm · U) of one image to `out`, the sign r drawn for each channel.
 *
 * @param image position in the batch
 * @param norm ‖perturbation‖₂ of each channel, images in [0, 1]
 * @param out float32 `[3, side, side]`
 */
export function perturbImage(
  { images, shape, indices }: ImageBatch,
  image: number,
  bin: FourierBin,
  basis: Float32Array,
  { norm, seed }: { readonly norm: number; readonly seed: number },
  out: Float32Array,
): void {
  const area = basis.length;
  const signs = channelSigns(seed, indices[image]!, bin, shape[3]);
  for (let channel = 0; channel < 3; channel++) {
    const scale = signs[channel]! * norm;
    const start = (image * 3 + channel) * area;
    for (let i = 0; i < area; i++) {
      const value = images[start + i]! + scale * basis[i]!;
      out[channel * area + i] = Math.min(1, Math.max(0, value));
    }
  }
}
