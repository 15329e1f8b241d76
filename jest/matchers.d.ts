import 'expect';

declare module 'expect' {
  interface Matchers<R> {
    /** Numpy's allclose over flat arrays; NaN equals NaN, infinities must agree in sign. Defaults: rtol 1e-5, atol 1e-6. */
    toBeAllclose(expected: ArrayLike<number>, tolerance?: { rtol?: number; atol?: number }): R;
  }
}
