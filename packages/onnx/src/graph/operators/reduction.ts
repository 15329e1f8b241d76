import type { GraphBuilder } from '../builder.ts';
import { int, ints, staticShape, type Value } from '../value.ts';
import { reshape, shapeConstant } from './movement.ts';

export type ReduceOp = 'ReduceSum' | 'ReduceMean' | 'ReduceMax' | 'ReduceMin' | 'ReduceProd' | 'ReduceSumSquare';

/** Reduces axes (all non-negative) to length one, or removes them. */
export function reduce(g: GraphBuilder, op: ReduceOp, x: Value, axes: readonly number[], keepDims: boolean): Value {
  const lengths = staticShape(x);
  const kept = lengths.map((length, axis) => (axes.includes(axis) ? 1 : length));
  const shape = keepDims ? kept : lengths.filter((_, axis) => !axes.includes(axis));
  if (op !== 'ReduceSumSquare' && axes.every((axis) => lengths[axis] === 1)) return reshape(g, x, shape);
  const keep = { keepdims: int(keepDims ? 1 : 0) };
  const output = [{ type: x.type, shape }];
  // Of all axes none is named: OpenCV 5.0 makes [1] of a scalar that was asked for by its axes, and cannot go on with it.
  if (axes.length === lengths.length) return g.add(op, [x], output, keep)[0]!;
  // Until opset 18 only ReduceSum takes its axes as an input.
  if (op === 'ReduceSum') return g.add(op, [x, shapeConstant(g, axes)], output, keep)[0]!;
  return g.add(op, [x], output, { ...keep, axes: ints(axes) })[0]!;
}

/** Position of the greatest or smallest element along one axis, int64, axis removed; the first of equal ones. */
export function argReduce(g: GraphBuilder, op: 'ArgMax' | 'ArgMin', x: Value, axis: number): Value {
  const shape = x.shape.filter((_, index) => index !== axis);
  return g.add(op, [x], [{ type: 'int64', shape }], { axis: int(axis), keepdims: int(0) })[0]!;
}
