import { util } from '@tensorflow/tfjs-core';
import type { GraphBuilder } from '../../graph/builder.ts';
import { scalar } from '../../graph/operators/creation.ts';
import { binary, cast } from '../../graph/operators/elementwise.ts';
import { reshape } from '../../graph/operators/movement.ts';
import { reduce } from '../../graph/operators/reduction.ts';
import { sizeOf, staticShape, type Value } from '../../graph/value.ts';
import type { LoweringContext, LoweringTable } from '../lowering.ts';

/** 1 where a whole number equals its bin: [..., n] → [..., n, bins]. */
function membership(g: GraphBuilder, x: Value, bins: number): Value {
  const shape = staticShape(x);
  const numbers = g.constant(
    'int32',
    [bins],
    Int32Array.from({ length: bins }, (_, bin) => bin),
  );
  return cast(g, binary(g, 'Equal', reshape(g, x, [...shape, 1]), numbers), 'float32');
}

/** Counts of each whole number along the last axis, or sums of its weights, or 1 where it occurs. */
function bincount({ g, input, attrs }: LoweringContext): Value {
  const [x, weights] = [input('x'), input('weights')];
  const { size, binaryOutput } = attrs as { size: number; binaryOutput?: boolean };
  const members = membership(g, cast(g, x, 'int32'), size);
  const axis = members.shape.length - 2;
  const isWeighted = sizeOf(staticShape(weights)) > 0 && !binaryOutput;
  const terms = isWeighted
    ? binary(g, 'Mul', members, reshape(g, cast(g, weights, 'float32'), [...staticShape(x), 1]))
    : members;
  return cast(g, reduce(g, binaryOutput ? 'ReduceMax' : 'ReduceSum', terms, [axis], false), weights.type);
}

/** Where values belong in sorted rows: how many of the row's entries lie below (left), or not above (right). */
function searchSorted({ g, input, attrs }: LoweringContext): Value {
  const [sorted, values] = [input('sortedSequence'), input('values')];
  const [batch, length] = staticShape(sorted) as [number, number];
  const [, count] = staticShape(values) as [number, number];
  const isBefore = binary(
    g,
    attrs.side === 'left' ? 'Less' : 'LessOrEqual',
    reshape(g, sorted, [batch, 1, length]),
    reshape(g, values, [batch, count, 1]),
  );
  return reduce(g, 'ReduceSum', cast(g, isBefore, 'int32'), [2], false);
}

/** Longest axis of a running product: it takes the square of it in memory. */
const LONGEST_PRODUCT = 1024;

/** ONNX has no running product: the product of what a triangle of ones selects, 1 elsewhere. */
function cumulativeProduct({ g, input, attrs }: LoweringContext): Value {
  const x = input('x');
  const shape = staticShape(x);
  const [axis] = util.parseAxisParam(attrs.axis as number, shape) as [number];
  const length = shape[axis]!;
  if (length > LONGEST_PRODUCT)
    throw new Error(`cumulativeProduct: axis must have at most ${LONGEST_PRODUCT} entries, got ${length}.`);
  const { exclusive, reverse } = attrs as { exclusive: boolean; reverse: boolean };
  const selects = (to: number, from: number) => {
    const distance = reverse ? from - to : to - from;
    return distance > 0 || (distance === 0 && !exclusive);
  };
  const mask = Uint8Array.from({ length: length * length }, (_, i) =>
    Number(selects(Math.floor(i / length), i % length)),
  );
  // [before, length of the result, length of x, behind]
  const [before, behind] = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis + 1))];
  const spread = g.add(
    'Expand',
    [
      reshape(g, x, [before, 1, length, behind]),
      g.constant('int64', [4], BigInt64Array.of(1n, BigInt(length), 1n, 1n)),
    ],
    [{ type: x.type, shape: [before, length, length, behind] }],
  )[0]!;
  const triangle = g.constant('bool', [1, length, length, 1], mask);
  const factors = g.add('Where', [triangle, spread, scalar(g, x.type, 1)], [{ type: x.type, shape: spread.shape }])[0]!;
  return reshape(g, reduce(g, 'ReduceProd', factors, [2], false), shape);
}

/** Kernels that compare every entry with every bin or every other entry. */
export const countingKernels: LoweringTable = {
  Bincount: bincount,
  Cumprod: cumulativeProduct,
  DenseBincount: bincount,
  SearchSorted: searchSorted,
};
