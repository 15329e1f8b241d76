import { util } from '@tensorflow/tfjs-core';
import { full, scalar } from '../../graph/operators/creation.ts';
import { binary, cast, unary } from '../../graph/operators/elementwise.ts';
import { shapeConstant, slice } from '../../graph/operators/movement.ts';
import { argReduce, type ReduceOp, reduce } from '../../graph/operators/reduction.ts';
import { int, staticShape, type Value } from '../../graph/value.ts';
import { SUM_OF_SQUARES } from '../../ops/sum-of-squares.ts';
import type { Lowering, LoweringContext, LoweringTable } from '../lowering.ts';

interface ReductionAttributes {
  axis?: number | number[];
  reductionIndices?: number | number[];
  keepDims?: boolean;
}

function axesOf(x: Value, { axis, reductionIndices }: ReductionAttributes): number[] {
  return util.parseAxisParam((axis ?? reductionIndices) as number | number[], staticShape(x));
}

const reducing =
  (op: ReduceOp): Lowering =>
  ({ g, input, attrs }) => {
    const x = input('x');
    const number = x.type === 'bool' ? cast(g, x, 'int32') : x;
    return reduce(g, op, number, axesOf(x, attrs), attrs.keepDims ?? false);
  };

/** Logical reductions go through int32: all = minimum, any = maximum. */
const logical =
  (op: ReduceOp): Lowering =>
  ({ g, input, attrs }) =>
    cast(g, reduce(g, op, cast(g, input('x'), 'int32'), axesOf(input('x'), attrs), attrs.keepDims ?? false), 'bool');

const position =
  (op: 'ArgMax' | 'ArgMin'): Lowering =>
  ({ g, input, attrs }) =>
    cast(g, argReduce(g, op, input('x'), axesOf(input('x'), attrs)[0] ?? 0), 'int32');

const softmax =
  (op: string, attribute: string): Lowering =>
  ({ g, input, attrs }) =>
    unary(g, op, input('logits'), { axis: int(attrs[attribute] ?? input('logits').shape.length - 1) });

function cumulativeSum({ g, input, attrs }: LoweringContext): Value {
  const x = input('x');
  const [axis] = util.parseAxisParam(attrs.axis as number, staticShape(x));
  const attributes = { exclusive: int(attrs.exclusive ? 1 : 0), reverse: int(attrs.reverse ? 1 : 0) };
  const position = g.constant('int64', [], BigInt64Array.of(BigInt(axis!)));
  return g.add('CumSum', [x, position], [{ type: x.type, shape: x.shape }], attributes)[0]!;
}

function topK({ g, input, attrs }: LoweringContext): Value[] {
  const x = input('x');
  const k = attrs.k as number;
  const shape = [...x.shape.slice(0, -1), k];
  const outputs = [
    { type: x.type, shape },
    { type: 'int64' as const, shape },
  ];
  const attributes = { axis: int(-1), sorted: int(attrs.sorted === false ? 0 : 1) };
  const [values, indices] = g.add('TopK', [x, shapeConstant(g, [k])], outputs, attributes) as [Value, Value];
  return [values, cast(g, indices, 'int32')];
}

/**
 * Elements that are added up in one go. ONNX Runtime adds one after the other in single precision, fast, but a sum of six million squares
 * is wrong by 3e-4 of itself.
 */
const SINGLE_SUM = 2 ** 20;

function sumOfSquares({ g, input }: LoweringContext): Value {
  const x = input('x');
  const axes = x.shape.map((_, axis) => axis);
  const size = staticShape(x).reduce((product, length) => product * length, 1);
  if (size <= SINGLE_SUM || axes.length < 2) return reduce(g, 'ReduceSumSquare', x, axes, false);
  return reduce(g, 'ReduceSum', reduce(g, 'ReduceSumSquare', x, axes.slice(1), false), [0], false);
}

export const reductionKernels: LoweringTable = {
  All: logical('ReduceMin'),
  Any: logical('ReduceMax'),
  ArgMax: position('ArgMax'),
  ArgMin: position('ArgMin'),
  Cumsum: cumulativeSum,
  LogSoftmax: softmax('LogSoftmax', 'axis'),
  Max: reducing('ReduceMax'),
  Mean: ({ g, input, attrs }) =>
    reduce(g, 'ReduceMean', cast(g, input('x'), 'float32'), axesOf(input('x'), attrs), attrs.keepDims ?? false),
  Min: reducing('ReduceMin'),
  Prod: reducing('ReduceProd'),
  Softmax: softmax('Softmax', 'dim'),
  Sum: reducing('ReduceSum'),
  [SUM_OF_SQUARES]: sumOfSquares,
  TopK: topK,
  UnsortedSegmentSum: unsortedSegmentSum,
};

/** Σ of the rows of each segment; rows whose number is out of range fall out. */
function unsortedSegmentSum({ g, input, attrs }: LoweringContext): Value {
  const [x, segmentIds] = [input('x'), input('segmentIds')];
  const count = attrs.numSegments as number;
  // ScatterND adds in a fixed order; segments out of range are sent to a spare last row.
  const limit = scalar(g, 'int32', count);
  const valid = binary(
    g,
    'And',
    unary(g, 'Not', binary(g, 'Less', segmentIds, scalar(g, 'int32', 0))),
    binary(g, 'Less', segmentIds, limit),
  );
  const bounded = g.add('Where', [valid, segmentIds, limit], [{ type: 'int32', shape: segmentIds.shape }])[0]!;
  const indices = g.add(
    'Unsqueeze',
    [cast(g, bounded, 'int64'), shapeConstant(g, [1])],
    [{ type: 'int64', shape: [...segmentIds.shape, 1] }],
  )[0]!;
  const rows = [count + 1, ...x.shape.slice(1)].map(Number);
  const summed = g.add('ScatterND', [full(g, x.type, rows, 0), indices, x], [{ type: x.type, shape: rows }], {
    reduction: { kind: 'string', value: 'add' },
  })[0]!;
  return slice(
    g,
    summed,
    rows.map(() => 0),
    [count, ...rows.slice(1)],
  );
}
