import type { GraphBuilder } from '../builder.ts';
import { int, ints, staticShape, type Value } from '../value.ts';
import { matMul } from './linear-algebra.ts';
import { concat, pad, reshape, slice, transpose } from './movement.ts';
import { reduce } from './reduction.ts';

/** How a convolution moves over its input; all four in every lowering below. */
export interface ConvGeometry {
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  /** [top, left, bottom, right], as in ONNX. */
  readonly pads: readonly [number, number, number, number];
  readonly groups: number;
}

const attributesOf = ({ strides, dilations, pads, groups }: ConvGeometry, kernel: readonly number[]) => ({
  dilations: ints(dilations),
  group: int(groups),
  kernel_shape: ints(kernel),
  pads: ints(pads),
  strides: ints(strides),
});

/** Length of a convolution's output along one axis. */
function convLength(input: number, kernel: number, stride: number, dilation: number, padding: number): number {
  return Math.floor((input + padding - dilation * (kernel - 1) - 1) / stride) + 1;
}

/** x [N, C, H, W] ⋆ weight [O, C/groups, kh, kw] → [N, O, H', W']. */
export function conv(g: GraphBuilder, x: Value, weight: Value, geometry: ConvGeometry): Value {
  const [batch, , height, width] = staticShape(x) as [number, number, number, number];
  const [channels, , kh, kw] = staticShape(weight) as [number, number, number, number];
  const { strides, dilations, pads } = geometry;
  const rows = convLength(height, kh, strides[0], dilations[0], pads[0] + pads[2]);
  const columns = convLength(width, kw, strides[1], dilations[1], pads[1] + pads[3]);
  const output = [{ type: x.type, shape: [batch, channels, rows, columns] }];
  return g.add('Conv', [x, weight], output, attributesOf(geometry, [kh, kw]))[0]!;
}

/** d loss / d x of {@link conv}: a transposed convolution; rows and columns the stride never reached get zeros. */
export function convInputGradient(
  g: GraphBuilder,
  dy: Value,
  weight: Value,
  geometry: ConvGeometry,
  inputShape: readonly number[],
): Value {
  const [, , kh, kw] = staticShape(weight) as [number, number, number, number];
  const [, , rows, columns] = staticShape(dy) as [number, number, number, number];
  const { strides, dilations, pads } = geometry;
  const missing = (length: number, out: number, k: number, axis: 0 | 1) =>
    length - ((out - 1) * strides[axis] + dilations[axis] * (k - 1) + 1 - pads[axis]! - pads[axis + 2]!);
  const outputPadding = [missing(inputShape[2]!, rows, kh, 0), missing(inputShape[3]!, columns, kw, 1)];
  const attributes = { ...attributesOf(geometry, [kh, kw]), output_padding: ints(outputPadding) };
  return g.add('ConvTranspose', [dy, weight], [{ type: dy.type, shape: inputShape }], attributes)[0]!;
}

/**
 * d loss / d weight of {@link conv}: the input shifted to every kernel position, joined along the channels, and one product
 * dy · patchesᵀ per image and group, summed over the batch.
 */
export function convWeightGradient(
  g: GraphBuilder,
  dy: Value,
  x: Value,
  geometry: ConvGeometry,
  weightShape: readonly number[],
): Value {
  const { strides, dilations, pads, groups } = geometry;
  const [outChannels, inPerGroup, kh, kw] = weightShape as [number, number, number, number];
  const [batch, channels] = staticShape(x) as [number, number];
  const [, , rows, columns] = staticShape(dy) as [number, number, number, number];
  const padded = pad(g, x, [0, 0, pads[0], pads[1]], [0, 0, pads[2], pads[3]]);
  const gradient = reshape(g, dy, [batch, groups, outChannels / groups, rows * columns]);
  const positions: Value[] = [];
  for (let i = 0; i < kh; i++) {
    for (let j = 0; j < kw; j++) {
      const [top, left] = [i * dilations[0], j * dilations[1]];
      const ends = [batch, channels, top + (rows - 1) * strides[0] + 1, left + (columns - 1) * strides[1] + 1];
      const patch = slice(g, padded, [0, 0, top, left], ends, [1, 1, strides[0], strides[1]]);
      positions.push(reshape(g, patch, [batch, groups, inPerGroup, rows * columns]));
    }
  }
  // [N, groups, kh·kw·I, H'W'] so that all kernel positions are one product per image and group.
  const patches = concat(g, positions, 2);
  const products = matMul(g, gradient, patches, false, true);
  const summed = reduce(g, 'ReduceSum', products, [0], false);
  const split = reshape(g, summed, [outChannels, kh, kw, inPerGroup]);
  return transpose(g, split, [0, 3, 1, 2]);
}
