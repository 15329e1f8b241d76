import type { GraphBuilder } from '../builder.ts';
import { uniformOf } from '../constant.ts';
import { type Attribute, int, ints, sameShape, sizeOf, staticShape, type Value } from '../value.ts';
import { full, scalar } from './creation.ts';

/** An int64 vector constant: shapes, axes, starts, ends. */
export function shapeConstant(g: GraphBuilder, numbers: readonly number[]): Value {
  return g.constant(
    'int64',
    [numbers.length],
    BigInt64Array.from(numbers, (n) => BigInt(n)),
  );
}

export function reshape(g: GraphBuilder, x: Value, shape: readonly number[]): Value {
  if (sameShape(x.shape, shape)) return x;
  // A reshape of a reshape needs only the last.
  if (x.source.kind === 'node' && x.source.node.op === 'Reshape') return reshape(g, x.source.node.inputs[0]!, shape);
  if (x.source.kind === 'constant' && x.source.name === undefined) return g.constant(x.type, shape, x.source.data);
  return g.add('Reshape', [x, shapeConstant(g, shape)], [{ type: x.type, shape }])[0]!;
}

const isIdentity = (permutation: readonly number[]) => permutation.every((axis, index) => axis === index);

const permutationOf = (attribute: Attribute | undefined): readonly number[] =>
  attribute?.kind === 'ints' ? attribute.value : [];

export function transpose(g: GraphBuilder, x: Value, permutation: readonly number[]): Value {
  if (isIdentity(permutation)) return x;
  const shape = permutation.map((axis) => x.shape[axis]!);
  const lengths = permutation.map((axis) => x.shape[axis]).filter((length) => length !== 1);
  // Moving only axes of length one is a reshape: no data moves.
  const order = permutation.filter((axis) => x.shape[axis] !== 1);
  const isFixed = x.shape.every((length) => typeof length === 'number');
  if (isFixed && (lengths.length <= 1 || order.every((axis, index) => index === 0 || axis > order[index - 1]!))) {
    return reshape(g, x, shape.map(Number));
  }
  const uniform = uniformOf(x);
  if (uniform !== undefined && isFixed) return full(g, x.type, shape.map(Number), uniform);
  if (x.source.kind === 'node' && x.source.node.op === 'Transpose') {
    const inner = permutationOf(x.source.node.attributes.perm);
    return transpose(
      g,
      x.source.node.inputs[0]!,
      permutation.map((axis) => inner[axis]!),
    );
  }
  return g.add('Transpose', [x], [{ type: x.type, shape }], { perm: ints(permutation) })[0]!;
}

/** Broadcasts to a shape. */
export function expand(g: GraphBuilder, x: Value, shape: readonly number[]): Value {
  if (sameShape(x.shape, shape)) return x;
  if (sizeOf(staticShape(x)) === sizeOf(shape)) return reshape(g, x, shape);
  const uniform = uniformOf(x);
  if (uniform !== undefined) return full(g, x.type, shape, uniform);
  // Lengths that stay are written as 1, which keeps them: a batch that stays may then be open.
  const missing = shape.length - x.shape.length;
  const target = shape.map((length, axis) => (x.shape[axis - missing] === length ? 1 : length));
  return g.add('Expand', [x, shapeConstant(g, target)], [{ type: x.type, shape }])[0]!;
}

export function concat(g: GraphBuilder, parts: readonly Value[], axis: number): Value {
  const present = parts.filter((part) => part.shape[axis] !== 0);
  if (present.length === 1) return present[0]!;
  const length = present.reduce((sum, part) => sum + Number(part.shape[axis]), 0);
  const shape = present[0]!.shape.map((dimension, index) => (index === axis ? length : dimension));
  return g.add('Concat', present, [{ type: present[0]!.type, shape }], { axis: int(axis) })[0]!;
}

/** Slice with a step per axis; starts and ends already resolved to positions (end may be −length−1 for a negative step). */
export function slice(
  g: GraphBuilder,
  x: Value,
  starts: readonly number[],
  ends: readonly number[],
  steps: readonly number[] = starts.map(() => 1),
): Value {
  const lengths = staticShape(x);
  const shape = starts.map((start, axis) => Math.max(0, Math.ceil((ends[axis]! - start) / steps[axis]!)));
  const axes = starts.map((_, axis) => axis).filter((axis) => shape[axis] !== lengths[axis] || steps[axis] !== 1);
  if (axes.length === 0) return x;
  const pick = (values: readonly number[]) =>
    shapeConstant(
      g,
      axes.map((axis) => values[axis]!),
    );
  // An end before position 0 (reversed to the start) must lie below −length, or ONNX counts it from the end.
  const bounded = ends.map((end, axis) => (end < 0 ? -lengths[axis]! - 1 : end));
  const inputs = [x, pick(starts), pick(bounded), shapeConstant(g, axes), pick(steps)];
  return g.add('Slice', inputs, [{ type: x.type, shape }])[0]!;
}

export function split(g: GraphBuilder, x: Value, sizes: readonly number[], axis: number): Value[] {
  const outputs = sizes.map((size) => ({
    type: x.type,
    shape: x.shape.map((dimension, index) => (index === axis ? size : dimension)),
  }));
  if (sizes.length === 1) return [x];
  return g.add('Split', [x, shapeConstant(g, sizes)], outputs, { axis: int(axis) });
}

/** Constant padding. */
export function pad(
  g: GraphBuilder,
  x: Value,
  before: readonly number[],
  after: readonly number[],
  mode: 'constant' | 'reflect' = 'constant',
  value?: Value,
): Value {
  if (before.every((n) => n === 0) && after.every((n) => n === 0)) return x;
  const shape = staticShape(x).map((length, axis) => length + before[axis]! + after[axis]!);
  const inputs = [x, shapeConstant(g, [...before, ...after]), ...(value ? [value] : [])];
  return g.add('Pad', inputs, [{ type: x.type, shape }], { mode: { kind: 'string', value: mode } })[0]!;
}

export function gather(g: GraphBuilder, x: Value, indices: Value, axis: number): Value {
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  return g.add('Gather', [x, indices], [{ type: x.type, shape }], { axis: int(axis) })[0]!;
}

/** One-element constant of a fill value, for {@link pad}. */
export function padValue(g: GraphBuilder, x: Value, value: number): Value | undefined {
  if (value === 0) return undefined;
  return scalar(g, x.type, value);
}
