import { expect } from '@jest/globals';

/** Tolerances with numpy's meaning: |received − expected| ≤ atol + rtol · |expected|, element by element. */
export interface Tolerance {
  /** Relative part, default 1e-5. */
  rtol?: number;
  /** Absolute part, default 1e-6. */
  atol?: number;
}

function firstMismatch(
  received: ArrayLike<number>,
  expected: ArrayLike<number>,
  rtol: number,
  atol: number,
): string | undefined {
  if (received.length !== expected.length) return `length ${received.length}, expected ${expected.length}`;
  for (let i = 0; i < expected.length; i++) {
    const [r, e] = [Number(received[i]), Number(expected[i])];
    const equal = Object.is(r, e) || r === e || (Number.isFinite(e) && Math.abs(r - e) <= atol + rtol * Math.abs(e));
    if (!equal) return `at [${i}]: received ${r}, expected ${e}, |difference| ${Math.abs(r - e)}`;
  }
  return undefined;
}

expect.extend({
  toBeAllclose(received: ArrayLike<number>, expected: ArrayLike<number>, { rtol = 1e-5, atol = 1e-6 }: Tolerance = {}) {
    const mismatch = firstMismatch(received, expected, rtol, atol);
    return {
      pass: mismatch === undefined,
      message: () =>
        mismatch === undefined ? 'arrays are allclose' : `not allclose (rtol ${rtol}, atol ${atol}) ${mismatch}`,
    };
  },
});
