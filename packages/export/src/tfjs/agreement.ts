import type { HostTensor } from '@mfm/onnx';
import type { Tensor } from '@tensorflow/tfjs-core';

/** How far an output of the ONNX file is from the TensorFlow.js model's, over all batches. */
export interface OutputAgreement {
  readonly output: string;
  readonly dtype: string;
  readonly maxAbsolute: number;
  readonly meanAbsolute: number;
  /** Largest magnitude of the TensorFlow.js model's values. */
  readonly largest: number;
  /** Share of elements that are equal, for whole numbers and booleans. */
  readonly equalShare: number;
  readonly passed: boolean;
}

/** Running figures of one output. */
export interface AgreementSums {
  readonly dtype: string;
  count: number;
  equal: number;
  max: number;
  total: number;
  largest: number;
}

export const emptySums = (dtype: string): AgreementSums => ({
  dtype,
  count: 0,
  equal: 0,
  max: 0,
  total: 0,
  largest: 0,
});

/** Adds one batch's elements; NaN or infinity in the same place in both counts as equal, in one of them as infinitely far. */
export function addAgreement(
  sums: AgreementSums,
  actual: ArrayLike<number | bigint>,
  expected: ArrayLike<number>,
): void {
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [Number(actual[i]), expected[i]!];
    const difference = Object.is(a, b) ? 0 : Math.abs(a - b);
    const distance = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
    if (distance === 0) sums.equal++;
    sums.max = Math.max(sums.max, distance);
    sums.total += distance;
    if (Number.isFinite(b)) sums.largest = Math.max(sums.largest, Math.abs(b));
  }
  sums.count += expected.length;
}

/** Positions of a maximum flip where two values are equal to float32 rounding: so many whole numbers may. */
const SMALLEST_EQUAL_SHARE = 0.999;

/**
 * The verdict: floats within `tolerance`, or `tolerance` of the largest magnitude where that is above 1 (float32 rounds relative to it: a
 * decoder's pixels up to 255 cannot agree to 1e-4); whole numbers equal in 99.9 % of places.
 */
export function judge(
  output: string,
  { dtype, count, equal, max, total, largest }: AgreementSums,
  tolerance: number,
): OutputAgreement {
  const equalShare = count === 0 ? 1 : equal / count;
  const passed = dtype === 'float32' ? max <= tolerance * Math.max(1, largest) : equalShare >= SMALLEST_EQUAL_SHARE;
  return {
    output,
    dtype,
    maxAbsolute: max,
    meanAbsolute: count === 0 ? 0 : total / count,
    largest,
    equalShare,
    passed,
  };
}

/** Whether two outputs have the same shape; TensorFlow.js leaves lengths that a file gives as texts as they are. */
export const sameDims = ({ dims }: HostTensor, { shape }: Tensor): boolean =>
  dims.length === shape.length && dims.every((length, axis) => length === Number(shape[axis]));
