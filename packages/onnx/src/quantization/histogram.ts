/** Bins on each side of zero. A power of two, so that doubling the reach joins bins in pairs. */
const HALF = 2048;

/**
 * How often values of a tensor fall where, over any number of batches, in bounded memory: 4096 equal bins around zero whose reach
 * doubles when a value lies beyond, two bins becoming one. What it says does not depend on the order of the batches, but for the place of
 * values on the edge of a bin.
 */
export interface Histogram {
  /** Values below −reach or above +reach have not been seen. */
  reach: number;
  /** Bin i counts values in [(i − 2048) · w, (i − 2047) · w), w = reach / 2048. */
  counts: Float64Array;
  /** Exact extremes; +∞ and −∞ before the first value. */
  min: number;
  max: number;
  /** Values counted, and those left out because they are not finite. */
  count: number;
  notFinite: number;
}

/** An empty histogram. */
export const createHistogram = (): Histogram => ({
  reach: 0,
  counts: new Float64Array(2 * HALF),
  min: Number.POSITIVE_INFINITY,
  max: Number.NEGATIVE_INFINITY,
  count: 0,
  notFinite: 0,
});

/** Joins bins in pairs, so that they reach twice as far. */
function doubleReach(histogram: Histogram): void {
  const wide = new Float64Array(2 * HALF);
  // Bin 2j and 2j + 1, counted from zero on each side, become bin j: the seam is zero.
  for (let i = 0; i < 2 * HALF; i++) wide[HALF + Math.floor((i - HALF) / 2)]! += histogram.counts[i]!;
  histogram.counts = wide;
  histogram.reach *= 2;
}

/** Width of a bin. */
export const binWidth = ({ reach }: Histogram): number => reach / HALF;

/** The value in the middle of a bin. */
export const binCentre = (histogram: Histogram, bin: number): number => (bin - HALF + 0.5) * binWidth(histogram);

/**
 * Counts values in.
 *
 * @param values float32, any number
 */
export function addValues(histogram: Histogram, values: Float32Array): void {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < low && value !== Number.NEGATIVE_INFINITY) low = value;
    if (value > high && value !== Number.POSITIVE_INFINITY) high = value;
  }
  const size = Math.max(Math.abs(low), Math.abs(high));
  if (Number.isFinite(size)) {
    histogram.min = Math.min(histogram.min, low);
    histogram.max = Math.max(histogram.max, high);
    // Powers of two: then any two histograms have bins that fit into each other.
    if (histogram.reach === 0) histogram.reach = 2 ** Math.ceil(Math.log2(Math.max(size, 2 ** -100)));
    while (size > histogram.reach) doubleReach(histogram);
  }
  const [{ counts }, scale] = [histogram, HALF / histogram.reach];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) {
      histogram.notFinite++;
      continue;
    }
    counts[Math.min(2 * HALF - 1, HALF + Math.floor(value * scale))]!++;
    histogram.count++;
  }
}
