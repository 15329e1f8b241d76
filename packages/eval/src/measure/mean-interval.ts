import type { Interval } from '@mfm/robustness';
import { NORMAL_QUANTILE } from './wilson.ts';

/** 97.5 % quantiles of Student's t distribution with 1 … 20 degrees of freedom. */
const FEW_DEGREES: readonly number[] = [
  12.706204736174694, 4.302652729749462, 3.1824463052837078, 2.7764451051977934, 2.5705818356363146, 2.4469118511449786,
  2.364624251592784, 2.306004135204166, 2.262157162798205, 2.228138851986274, 2.200985160091639, 2.1788128296672284,
  2.1603686564627913, 2.144786687917804, 2.131449545559776, 2.1199052992212546, 2.1098155778333156, 2.1009220402410382,
  2.0930240544083087, 2.085963447265864,
];

/** The 97.5 % quantile of Student's t: from the table, above by the Cornish–Fisher expansion (error below 2e-5). */
export function studentQuantile(degrees: number): number {
  const known = FEW_DEGREES[degrees - 1];
  if (known !== undefined) return known;
  const z = NORMAL_QUANTILE;
  const [z3, z5, z7] = [z ** 3, z ** 5, z ** 7];
  return (
    z +
    (z3 + z) / (4 * degrees) +
    (5 * z5 + 16 * z3 + 3 * z) / (96 * degrees ** 2) +
    (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * degrees ** 3)
  );
}

/** A mean over repetitions or items. */
export interface MeanScore {
  readonly mean: number;
  /** 95 %, by Student's t; of a single value, that value. */
  readonly interval: Interval;
  /** Sample standard deviation. */
  readonly deviation: number;
}

/** Mean of values with the 95 % interval of the mean. */
export function meanScore(values: ArrayLike<number>): MeanScore {
  const count = values.length;
  let sum = 0;
  for (let i = 0; i < count; i++) sum += values[i]!;
  const mean = sum / count;
  if (count < 2) return { mean, interval: [mean, mean], deviation: 0 };
  let squares = 0;
  for (let i = 0; i < count; i++) squares += (values[i]! - mean) ** 2;
  const deviation = Math.sqrt(squares / (count - 1));
  const half = (studentQuantile(count - 1) * deviation) / Math.sqrt(count);
  return { mean, interval: [mean - half, mean + half], deviation };
}
