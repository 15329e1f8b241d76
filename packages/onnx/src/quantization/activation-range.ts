import { UserError } from '@mfm/cli';
import { binCentre, binWidth, type Histogram } from './histogram.ts';

/** The interval that an activation's 256 steps cover. Contains zero, which then has a step of its own. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** Steps between the ends: 8 bits. */
const STEPS = 255;

/** Share of values that `percentile` leaves inside of each end. */
const PERCENTILE = 0.9999;

/** Fractions of the whole range that are tried as an end. */
const FRACTIONS = Array.from({ length: 64 }, (_, i) => (64 - i) / 64);

const withZero = (low: number, high: number): Range => ({ low: Math.min(low, 0), high: Math.max(high, 0) });

function minMax({ min, max }: Histogram): Range {
  return withZero(min, max);
}

/** Value below which a share of all values lies, to a bin's width and inside the extremes. */
function quantile(histogram: Histogram, share: number): number {
  const { counts, count, min, max } = histogram;
  let left = share * count;
  for (let bin = 0; bin < counts.length; bin++) {
    left -= counts[bin]!;
    if (left <= 0) return Math.min(max, Math.max(min, binCentre(histogram, bin)));
  }
  return max;
}

function percentile(histogram: Histogram): Range {
  return withZero(quantile(histogram, 1 - PERCENTILE), quantile(histogram, PERCENTILE));
}

/** The bins that hold anything: their centres and counts. */
interface Occupied {
  readonly values: Float64Array;
  readonly counts: Float64Array;
  readonly total: number;
  readonly width: number;
}

function occupiedBins(histogram: Histogram): Occupied {
  const bins = [...histogram.counts.keys()].filter((bin) => histogram.counts[bin]! > 0);
  return {
    values: Float64Array.from(bins, (bin) => binCentre(histogram, bin)),
    counts: Float64Array.from(bins, (bin) => histogram.counts[bin]!),
    total: histogram.count,
    width: binWidth(histogram),
  };
}

/** Ends that lose least, one after the other: first both together, then each with the other kept. */
function search(histogram: Histogram, loss: (bins: Occupied, range: Range) => number): Range {
  const whole = minMax(histogram);
  const bins = occupiedBins(histogram);
  const best = (candidates: readonly Range[]) => {
    let [chosen, least] = [candidates[0]!, loss(bins, candidates[0]!)];
    for (const range of candidates.slice(1)) {
      const value = loss(bins, range);
      if (value < least) [chosen, least] = [range, value];
    }
    return chosen;
  };
  const both = best(FRACTIONS.map((f) => ({ low: f * whole.low, high: f * whole.high })));
  const { high } = best([both, ...FRACTIONS.map((f) => ({ low: both.low, high: f * whole.high }))]);
  return best([{ low: both.low, high }, ...FRACTIONS.map((f) => ({ low: f * whole.low, high }))]);
}

/** Mean squared difference between the values and their quantised ones (without the count: it is the same for all). */
function squaredError({ values, counts, width }: Occupied, { low, high }: Range): number {
  const step = (high - low) / STEPS || 1;
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    // From the nearest step, which is a multiple of the step since zero is one, or from the end.
    const inside = Math.min(high, Math.max(low, Math.round(value / step) * step));
    // Values are spread over their bin; where it is wider than a step, their distance from the steps says nothing.
    const spread = value < low || value > high || width < step;
    sum += counts[i]! * (spread ? (value - inside) ** 2 + width ** 2 / 12 : step ** 2 / 12);
  }
  return sum;
}

/**
 * Kullback–Leibler divergence of the values' distribution from that of the quantised ones, as TensorRT calibrates: values beyond the ends
 * count as the ends, and each step spreads what it holds evenly over its bins. The quantised distribution is without what was cut off,
 * so that cutting much costs much.
 */
function divergence({ values, counts, total }: Occupied, { low, high }: Range): number {
  const step = (high - low) / STEPS || 1;
  const [held, bins] = [new Float64Array(STEPS + 1), new Float64Array(STEPS + 1)];
  const stepOf = (value: number) => Math.min(STEPS, Math.max(0, Math.round((value - low) / step)));
  let [below, above, kept] = [0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < low) below += counts[i]!;
    else if (value > high) above += counts[i]!;
    else {
      held[stepOf(value)]! += counts[i]!;
      bins[stepOf(value)]!++;
      kept += counts[i]!;
    }
  }
  let sum = 0;
  const add = (count: number, expected: number) => {
    if (count > 0) sum += (count / total) * Math.log(count / total / Math.max(expected, 1e-12));
  };
  const expectedIn = (index: number) => (bins[index]! > 0 ? held[index]! / bins[index]! / kept : 0);
  let [first, last] = [true, -1];
  for (let i = 0; i < values.length; i++) if (values[i]! >= low && values[i]! <= high) last = i;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < low || value > high) continue;
    const beyond = (first ? below : 0) + (i === last ? above : 0);
    first = false;
    add(counts[i]! + beyond, expectedIn(stepOf(value)));
  }
  if (last < 0) add(below + above, 0);
  return sum;
}

/** Every way to choose a range, by the name that `--calibration` takes. */
export const CALIBRATION_METHODS = {
  minmax: minMax,
  percentile,
  mse: (histogram: Histogram) => search(histogram, squaredError),
  entropy: (histogram: Histogram) => search(histogram, divergence),
} as const;

export type CalibrationMethod = keyof typeof CALIBRATION_METHODS;

/**
 * The range that an activation's 256 steps shall cover.
 *
 * @param histogram of the activation over calibration images
 * @param what names the activation in messages
 * @throws UserError when it was never finite
 */
export function chooseRange(histogram: Histogram, method: CalibrationMethod, what: string): Range {
  if (histogram.count === 0 || histogram.notFinite > 0) {
    throw new UserError(
      `chooseRange: ${what} must be finite on every calibration image, got ${histogram.notFinite} values that are not, of ${histogram.count + histogram.notFinite}. ` +
        'The model is broken, or its training diverged.',
    );
  }
  return CALIBRATION_METHODS[method](histogram);
}
