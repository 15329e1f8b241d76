/** One comparison of a case. It passes when error ≤ tolerance; NaN never does. */
export interface Check {
  readonly name: string;
  readonly error: number;
  readonly tolerance: number;
  /** What both are measured in, where that is not the values themselves. */
  readonly unit?: string;
}

/** What a runner found: its checks, with what of the case they leave out; or why the case was not run. */
export type Outcome = { readonly checks: readonly Check[]; readonly note?: string } | { readonly skipped: string };

export const passes = ({ error, tolerance }: Check): boolean => error <= tolerance;

/** How far a check is from its bound; NaN counts as farthest. */
const strain = ({ error, tolerance }: Check): number => {
  if (Number.isNaN(error)) return Number.POSITIVE_INFINITY;
  return tolerance === 0 ? (error === 0 ? 0 : Number.POSITIVE_INFINITY) : error / tolerance;
};

/** The check nearest to its bound, or farthest beyond it. */
export const worst = (checks: readonly Check[]): Check | undefined =>
  checks.reduce<Check | undefined>((most, check) => (!most || strain(check) > strain(most) ? check : most), undefined);

/** Numbers, of any type of array. */
export type Numbers = ArrayLike<number | bigint>;

function largestDifference(actual: Numbers, expected: Numbers, skip: (index: number) => boolean): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    if (skip(i)) continue;
    const difference = Math.abs(Number(actual[i]) - Number(expected[i]));
    if (Number.isNaN(difference)) return Number.NaN;
    if (difference > largest) largest = difference;
  }
  return largest;
}

/** Largest |value|. */
export function largestValue(values: Numbers): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(Number(values[i])));
  return largest;
}

/** Largest absolute difference, but for the elements to skip; infinite when the lengths differ. */
export const absoluteCheck = (
  name: string,
  actual: Numbers,
  expected: Numbers,
  tolerance: number,
  skip: (index: number) => boolean = () => false,
): Check => ({ name, error: largestDifference(actual, expected, skip), tolerance });

/** Largest absolute difference over the largest expected value (1 when all are zero). */
export function relativeCheck(name: string, actual: Numbers, expected: Numbers, tolerance: number): Check {
  const scale = largestValue(expected) || 1;
  return { name, error: largestDifference(actual, expected, () => false) / scale, tolerance };
}

/** √Σ value². */
export function norm(values: Numbers): number {
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += Number(values[i]) ** 2;
  return Math.sqrt(squares);
}

/** L2 norm of the difference over that of the expected values (1 when all are zero). */
export function relativeNormCheck(name: string, actual: Numbers, expected: Numbers, tolerance: number): Check {
  if (actual.length !== expected.length) return { name, error: Number.POSITIVE_INFINITY, tolerance };
  const difference = Float64Array.from({ length: expected.length }, (_, i) => Number(actual[i]) - Number(expected[i]));
  return { name, error: norm(difference) / (norm(expected) || 1), tolerance };
}

/** Whether two lists hold the same names, each once; the error is how many are in one list only. */
export function namesCheck(name: string, actual: readonly string[], expected: readonly string[]): Check {
  const [a, b] = [new Set(actual), new Set(expected)];
  const differing = [...actual, ...expected].filter((entry) => !a.has(entry) || !b.has(entry)).length;
  return { name, error: differing + Math.abs(actual.length - expected.length), tolerance: 0 };
}
