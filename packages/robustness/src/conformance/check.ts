/** One comparison with the reference. It passes when error ≤ tolerance; NaN never does. */
export interface CorruptionCheck {
  /** What was compared, e.g. `severity 3`. */
  readonly name: string;
  readonly error: number;
  readonly tolerance: number;
  /** What both are measured in: grey levels of 255, standard deviations … */
  readonly unit?: string;
}

/** Whether two values of JSON are the same. */
export const equalCheck = (name: string, actual: unknown, expected: unknown): CorruptionCheck => ({
  name,
  error: JSON.stringify(actual) === JSON.stringify(expected) ? 0 : 1,
  tolerance: 0,
  unit: 'differing',
});

/** Largest difference of two lists of numbers; infinite when their lengths differ. */
export function numbersCheck(
  name: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
): CorruptionCheck {
  let error = actual.length === expected.length ? 0 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < Math.min(actual.length, expected.length); i++) {
    const difference = Math.abs(actual[i]! - expected[i]!);
    // NaN stays.
    if (!(difference <= error)) error = difference;
  }
  return { name, error, tolerance };
}

/** Largest difference of two images in grey levels. */
export const pixelCheck = (name: string, actual: Uint8Array, expected: Uint8Array, tolerance = 0): CorruptionCheck => ({
  ...numbersCheck(name, actual, expected, tolerance),
  unit: 'levels',
});
