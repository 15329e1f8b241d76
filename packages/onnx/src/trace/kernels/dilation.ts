import { backend_util } from '@tensorflow/tfjs-core';
import { scalar } from '../../graph/operators/creation.ts';
import { binary } from '../../graph/operators/elementwise.ts';
import { pad, reshape, slice } from '../../graph/operators/movement.ts';
import { staticShape, type Value } from '../../graph/value.ts';
import type { LoweringContext, LoweringTable } from '../lowering.ts';

/** The least float32: what lies outside never wins a maximum. */
const LEAST = -3.4028234663852886e38;

/** Grey-scale dilation of NHWC images: the greatest of pixel + filter over each window, one term a filter position. */
function dilation2d({ g, input, attrs }: LoweringContext): Value {
  const [x, filter] = [input('x'), input('filter')];
  const [batch, , , channels] = staticShape(x) as [number, number, number, number];
  const info = backend_util.computeDilation2DInfo(
    staticShape(x) as [number, number, number, number],
    staticShape(filter) as [number, number, number],
    attrs.strides,
    attrs.pad,
    'NHWC',
    attrs.dilations,
  );
  const { top, left, bottom, right } = info.padInfo;
  const padded = pad(g, x, [0, top, left, 0], [0, bottom, right, 0], 'constant', scalar(g, x.type, LEAST));
  const reach = (count: number, stride: number) => (count - 1) * stride + 1;
  const terms = Array.from({ length: info.filterHeight * info.filterWidth }, (_, position) => {
    const [i, j] = [Math.floor(position / info.filterWidth), position % info.filterWidth];
    const [row, column] = [i * info.dilationHeight, j * info.dilationWidth];
    const window = slice(
      g,
      padded,
      [0, row, column, 0],
      [
        batch,
        row + reach(info.outHeight, info.strideHeight),
        column + reach(info.outWidth, info.strideWidth),
        channels,
      ],
      [1, info.strideHeight, info.strideWidth, 1],
    );
    const weight = reshape(g, slice(g, filter, [i, j, 0], [i + 1, j + 1, channels]), [1, 1, 1, channels]);
    return binary(g, 'Add', window, weight);
  });
  return terms.reduce((greatest, term) => binary(g, 'Max', greatest, term));
}

export const dilationKernels: LoweringTable = { Dilation2D: dilation2d };
