import type { GraphBuilder } from '../../builder.ts';
import type { Value } from '../../value.ts';
import { matMul } from '../linear-algebra.ts';
import { concat, pad, reshape, slice, transpose } from '../movement.ts';
import { reduce } from '../reduction.ts';
import { type ConvShape, convAttributes } from './geometry.ts';
import { patches } from './patches.ts';

/** One way to compute d loss / d weight from dy and x. */
export interface WeightGradientLowering {
  /** Whether it can compute this convolution's. */
  fits(shape: ConvShape): boolean;
  build(g: GraphBuilder, dy: Value, x: Value, shape: ConvShape): Value;
}

/** The input at every kernel position, row-major, as [N, C, H', W']. */
function shifts(g: GraphBuilder, x: Value, { geometry, input, weight, output }: ConvShape): Value[] {
  const { strides, dilations, pads } = geometry;
  const padded = pad(g, x, [0, 0, pads[0], pads[1]], [0, 0, pads[2], pads[3]]);
  return Array.from({ length: weight[2] * weight[3] }, (_, position) => {
    const top = Math.floor(position / weight[3]) * dilations[0];
    const left = (position % weight[3]) * dilations[1];
    const ends = [input[0], input[1], top + (output[2] - 1) * strides[0] + 1, left + (output[3] - 1) * strides[1] + 1];
    return slice(g, padded, [0, 0, top, left], ends, [1, 1, ...strides]);
  });
}

/** One product dy · patchesᵀ per image and group, summed over the batch. */
function perImage(g: GraphBuilder, dy: Value, x: Value, { geometry, weight, output }: ConvShape): Value {
  const { groups } = geometry;
  const [batch, outputs, rows, columns] = output;
  const inner = weight[1] * weight[2] * weight[3];
  const pixels = patches(g, x, weight, geometry);
  // One group needs no axis of its own, and products of rank 3 are ONNX Runtime's best known case.
  const split = groups === 1 ? [] : [groups];
  const left = reshape(g, dy, [batch, ...split, outputs / groups, rows * columns]);
  const products = matMul(g, left, reshape(g, pixels, [batch, ...split, inner, rows * columns]), false, true);
  return reshape(g, reduce(g, 'ReduceSum', products, [0], false), weight);
}

/** [N, C, H, W] → [C, N·H·W]. */
const joinImages = (g: GraphBuilder, x: Value) => {
  const joined = transpose(g, x, [1, 0, 2, 3]);
  const [channels, batch, rows, columns] = joined.shape as number[];
  return reshape(g, joined, [channels!, batch! * rows! * columns!]);
};

/** One product over the pixels of all images: no product per image to write and sum, but the patches are transposed. */
const joined: WeightGradientLowering = {
  fits: ({ geometry }) => geometry.groups === 1,
  build: (g, dy, x, { geometry, weight }) => {
    const pixels = joinImages(g, patches(g, x, weight, geometry));
    return reshape(g, matMul(g, joinImages(g, dy), pixels, false, true), weight);
  },
};

/** As {@link perImage} with the patches made by Slice and Concat. */
const slices: WeightGradientLowering = {
  fits: ({ geometry }) => geometry.groups === 1,
  build: (g, dy, x, shape) => {
    const [batch, outputs, rows, columns] = shape.output;
    const [, inputs, kh, kw] = shape.weight;
    const positions = shifts(g, x, shape).map((shift) => reshape(g, shift, [batch, inputs, rows * columns]));
    const left = reshape(g, dy, [batch, outputs, rows * columns]);
    const products = matMul(g, left, concat(g, positions, 1), false, true);
    const summed = reshape(g, reduce(g, 'ReduceSum', products, [0], false), [outputs, kh, kw, inputs]);
    return transpose(g, summed, [0, 3, 1, 2]);
  },
};

/** A product per kernel position and image: nothing is joined, but products are small. */
const shiftedProducts: WeightGradientLowering = {
  fits: ({ geometry }) => geometry.groups === 1,
  build: (g, dy, x, shape) => {
    const [batch, outputs, rows, columns] = shape.output;
    const [, inputs, kh, kw] = shape.weight;
    const left = reshape(g, dy, [batch, outputs, rows * columns]);
    const parts = shifts(g, x, shape).map((shift) => {
      const products = matMul(g, left, reshape(g, shift, [batch, inputs, rows * columns]), false, true);
      return reshape(g, reduce(g, 'ReduceSum', products, [0], false), [1, outputs, inputs]);
    });
    return transpose(g, reshape(g, concat(g, parts, 0), [kh, kw, outputs, inputs]), [2, 3, 0, 1]);
  },
};

/** One Conv with the batch as channels and dy as its weights; stride and dilation change places. */
const transposedConv: WeightGradientLowering = {
  // Rows that the stride leaves over would give positions outside the kernel.
  fits: ({ geometry, input, weight, output }) =>
    geometry.groups === 1 &&
    [0, 1].every((axis) => {
      const padded = input[axis + 2]! + geometry.pads[axis]! + geometry.pads[axis + 2]!;
      const covered =
        (output[axis + 2]! - 1) * geometry.strides[axis]! + geometry.dilations[axis]! * (weight[axis + 2]! - 1) + 1;
      return padded === covered;
    }),
  build: (g, dy, x, { geometry, weight: [outputs, inputs, kh, kw] }) => {
    const swapped = { ...geometry, strides: geometry.dilations, dilations: geometry.strides };
    const kernel = transpose(g, dy, [1, 0, 2, 3]);
    const attributes = convAttributes(swapped, kernel.shape.slice(2) as number[]);
    const spec = { type: x.type, shape: [inputs, outputs, kh, kw] };
    return transpose(g, g.add('Conv', [transpose(g, x, [1, 0, 2, 3]), kernel], [spec], attributes)[0]!, [1, 0, 2, 3]);
  },
};

/** All of them by name, for the choice and for the benchmark. */
export const WEIGHT_GRADIENT_LOWERINGS = {
  perImage: { fits: () => true, build: perImage },
  joined,
  slices,
  shiftedProducts,
  transposedConv,
} as const satisfies Record<string, WeightGradientLowering>;
