import type { GraphBuilder } from '../../builder.ts';
import { ints, type Value } from '../../value.ts';
import { matMul } from '../linear-algebra.ts';
import { pad, reshape, transpose } from '../movement.ts';
import { conv } from './forward.ts';
import { type ConvGeometry, type ConvShape, convAttributes, hasPads, hasStride, isPointwise } from './geometry.ts';

/** One way to compute d loss / d x from dy and the weight. */
export interface InputGradientLowering {
  /** Whether it can compute this convolution's. */
  fits(shape: ConvShape): boolean;
  build(g: GraphBuilder, dy: Value, weight: Value, shape: ConvShape): Value;
}

/** ONNX's operator for it; rows and columns the stride never reached get zeros. */
function convTranspose(g: GraphBuilder, dy: Value, weight: Value, { geometry, input, weight: w, output }: ConvShape) {
  const { strides, dilations, pads } = geometry;
  const missing = (axis: 0 | 1) =>
    input[axis + 2]! -
    ((output[axis + 2]! - 1) * strides[axis] +
      dilations[axis] * (w[axis + 2]! - 1) +
      1 -
      pads[axis]! -
      pads[axis + 2]!);
  const attributes = { ...convAttributes(geometry, w.slice(2)), output_padding: ints([missing(0), missing(1)]) };
  return g.add('ConvTranspose', [dy, weight], [{ type: dy.type, shape: input }], attributes)[0]!;
}

/** The padding under which a convolution with the flipped weights gives an image of the input's size. */
function fullPads({ geometry: { pads, dilations }, weight }: ConvShape): ConvGeometry['pads'] {
  const reach = [0, 1].map((axis) => dilations[axis]! * (weight[axis + 2]! - 1)) as [number, number];
  return [reach[0] - pads[0], reach[1] - pads[1], reach[0] - pads[2], reach[1] - pads[3]];
}

/** [O, I, kh, kw] → [I, O, kh, kw] with rows and columns in reverse, by a product: faster than a Slice with negative steps. */
function flip(g: GraphBuilder, weight: Value, [outputs, inputs, kh, kw]: ConvShape['weight']): Value {
  const positions = kh * kw;
  const swap = (w: Value) => transpose(g, reshape(g, w, [outputs, inputs, positions]), [1, 0, 2]);
  if (positions === 1) return reshape(g, swap(weight), [inputs, outputs, 1, 1]);
  const data = new Float32Array(positions ** 2);
  for (let i = 0; i < positions; i++) data[i * positions + positions - 1 - i] = 1;
  const reversal = g.constant('float32', [positions, positions], data);
  const flipped = matMul(g, reshape(g, weight, [outputs * inputs, positions]), reversal);
  return reshape(g, swap(flipped), [inputs, outputs, kh, kw]);
}

/** A convolution of dy with the weights flipped and their channels exchanged. */
const flippedConv: InputGradientLowering = {
  fits: (shape) => !hasStride(shape.geometry) && shape.geometry.groups === 1 && fullPads(shape).every((n) => n >= 0),
  build: (g, dy, weight, shape) =>
    conv(g, dy, flip(g, weight, shape.weight), { ...shape.geometry, pads: fullPads(shape) }),
};

/** A product with the transposed weights per image, spread to every stride-th row and column. */
const perPixelProduct: InputGradientLowering = {
  fits: ({ weight, geometry, input, output }) =>
    isPointwise(weight) &&
    geometry.groups === 1 &&
    !hasPads(geometry) &&
    [0, 1].every((axis) => output[axis + 2]! * geometry.strides[axis]! === input[axis + 2]),
  build: (g, dy, weight, { geometry: { strides }, input, weight: [outputs, inputs], output }) => {
    const [batch, , rows, columns] = output;
    const matrix = reshape(g, weight, [outputs, inputs]);
    const pixels = matMul(g, matrix, reshape(g, dy, [batch, outputs, rows * columns]), true, false);
    const apart = reshape(g, pixels, [batch * inputs * rows, 1, columns, 1]);
    return reshape(g, pad(g, apart, [0, 0, 0, 0], [0, strides[0] - 1, 0, strides[1] - 1]), input);
  },
};

/** All of them by name, for the choice and for the benchmark. */
export const INPUT_GRADIENT_LOWERINGS = {
  convTranspose: { fits: () => true, build: convTranspose },
  flippedConv,
  perPixelProduct,
} as const satisfies Record<string, InputGradientLowering>;
