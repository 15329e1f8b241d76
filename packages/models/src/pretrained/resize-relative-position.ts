import { UserError } from '@mfm/cli';
import type { HostParameter } from '../parameters/init-parameters.ts';
import { splineMatrix } from './cubic-spline.ts';
import { resampleGrid } from './resample-grid.ts';

/** Knots a not-a-knot cubic spline needs. */
const SPLINE_KNOTS = 4;

/**
 * Where the official code lays the offsets of a relative position table before it resamples them at whole numbers: −p … 0 … p with gaps
 * 1, q, q², …; q between 1.01 and 1.5 so that the sum of the gaps reaches half the new size as nearly as it can from below (bisection
 * to 1e-6, q the last value tried).
 *
 * @param from offsets of the old table along a side, odd
 * @param to of the new table
 */
export function geometricPositions(from: number, to: number): number[] {
  const [half, reach] = [Math.floor(from / 2), Math.floor(to / 2)];
  let [low, high, ratio] = [1.01, 1.5, 1.01];
  while (high - low > 1e-6) {
    ratio = (low + high) / 2;
    const length = (1 - ratio ** half) / (1 - ratio);
    if (length > reach) high = ratio;
    else low = ratio;
  }
  const distances: number[] = [];
  for (let [index, distance] = [0, 1]; index < half; index++) {
    distances.push(distance);
    distance += ratio ** (index + 1);
  }
  return [...distances.map((distance) => -distance).reverse(), 0, ...distances];
}

/**
 * Resizes a relative position table to another grid, as the official fine-tuning does (SciPy's `interp2d`, cubic, on geometric positions).
 *
 * @param table [from² + extra, heads]
 * @param rows of the new table, to² + extra
 * @param extra last rows, which are kept: 3 in a ViT (those of the class token), none in a Swin
 * @throws UserError when the table is not of a square grid, or of fewer than 4 offsets a side
 */
export function resizeRelativePosition({ shape, data }: HostParameter, rows: number, extra: number): HostParameter {
  const heads = shape[1]!;
  const [from, to] = [Math.sqrt(shape[0]! - extra), Math.sqrt(rows - extra)];
  if (!Number.isInteger(from) || !Number.isInteger(to) || from < SPLINE_KNOTS) {
    throw new UserError(
      `resizeRelativePosition: a relative position table must have ${extra} rows more than a square of at least ${SPLINE_KNOTS}, got ${shape[0]} to be resized to ${rows}.`,
    );
  }
  const reach = Math.floor(to / 2);
  const targets = Array.from({ length: to }, (_, index) => index - reach);
  const resized = resampleGrid(data, heads, splineMatrix(geometricPositions(from, to), targets));
  const values = new Float32Array(rows * heads);
  values.set(resized);
  values.set(data.subarray(from * from * heads), to * to * heads);
  return { shape: [rows, heads], data: values };
}
