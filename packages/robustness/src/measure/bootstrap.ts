import { createRandom } from '@mfm/data';

/** Low and high end of a 95 % interval. */
export type Interval = readonly [low: number, high: number];

/**
 * Bootstrap over images: accuracies of resamples of the same size drawn with replacement. Every row is resampled by the same images, so that
 * differences between rows (models) and means over them (mCE) keep what the rows have in common.
 *
 * @param rows 1 where an image was answered right, one row for each test and model, of one length
 * @param replicates number of resamples
 * @returns accuracy of each row in each resample `[replicates][rows]`
 */
export function bootstrapAccuracies(rows: readonly Uint8Array[], replicates: number, seed: number): Float64Array[] {
  const count = rows[0]?.length ?? 0;
  const times = new Uint16Array(count);
  return Array.from({ length: replicates }, (_, replicate) => {
    const random = createRandom(seed, 0, replicate, 'bootstrap');
    times.fill(0);
    for (let i = 0; i < count; i++) times[random.integer(count)]!++;
    return Float64Array.from(rows, (row) => {
      let right = 0;
      for (let i = 0; i < count; i++) right += times[i]! * row[i]!;
      return right / count;
    });
  });
}

/** The q-quantile of values, interpolated linearly between the nearest two (numpy's default). */
export function quantile(values: ArrayLike<number>, q: number): number {
  const sorted = Float64Array.from(values).sort();
  const place = (sorted.length - 1) * q;
  const below = Math.floor(place);
  const next = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (place - below) * (sorted[next]! - sorted[below]!);
}

/** 95 % percentile interval of a figure's values in the resamples. */
export function percentileInterval(values: ArrayLike<number>): Interval {
  return [quantile(values, 0.025), quantile(values, 0.975)];
}
