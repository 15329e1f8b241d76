import type { GraphBuilder } from '../builder.ts';
import { ints, type Value } from '../value.ts';

/** Domain of operators that no file holds: `legalize` writes each in the form that suits the target. */
export const PROJECT = 'mfm';

/** Windows of a 2-D pooling, in ONNX's terms. */
export interface PoolWindows {
  /** Rows and columns. */
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  /** Top, left, bottom, right. */
  readonly pads: readonly [number, number, number, number];
}

/**
 * The gradient of max pooling: dy added up where each window's maximum lies, at the first of equal pixels in row-major order.
 *
 * @param x what was pooled, [N, C, H, W]; the batch may be open
 * @param dy gradient of the result, [N, C, H', W']
 * @returns [N, C, H, W]
 */
export function maxPoolGradient(g: GraphBuilder, x: Value, dy: Value, { kernel, strides, pads }: PoolWindows): Value {
  const attributes = { kernel_shape: ints(kernel), strides: ints(strides), pads: ints(pads) };
  return g.add('MaxPoolGradient', [x, dy], [{ type: x.type, shape: x.shape }], attributes, PROJECT)[0]!;
}
