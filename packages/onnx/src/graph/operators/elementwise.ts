import type { GraphBuilder } from '../builder.ts';
import { uniformOf } from '../constant.ts';
import { type Attributes, type ElementType, int, sameShape, sizeOf, staticShape, type Value } from '../value.ts';
import { full, scalar } from './creation.ts';
import { expand, reshape } from './movement.ts';

/** Numpy's broadcasting of two fixed shapes. */
export function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const [left, right] = [a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1];
    if (left !== right && left !== 1 && right !== 1)
      throw new Error(`broadcastShape: shapes must fit, got [${a}] and [${b}].`);
    return left === 1 ? right : left;
  });
}

/** Elementwise operator of one operand; the result has its shape and, unless `type` says otherwise, its type. */
export function unary(g: GraphBuilder, op: string, x: Value, attributes: Attributes = {}, type = x.type): Value {
  return g.add(op, [x], [{ type, shape: x.shape }], attributes)[0]!;
}

/** ONNX's numbers of element types (TensorProto.DataType). */
export const ONNX_TYPE: Readonly<Record<ElementType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
};

const WITHIN_INT32: ReadonlySet<ElementType> = new Set(['uint8', 'int8', 'bool']);

export function cast(g: GraphBuilder, x: Value, type: ElementType): Value {
  if (x.type === type) return x;
  const uniform = uniformOf(x);
  // A uniform constant keeps its value through a widening cast; other constants are left to the folding pass.
  if (uniform !== undefined && Number.isInteger(uniform) && type !== 'bool' && type !== 'uint8' && type !== 'int8') {
    return full(g, type, staticShape(x), uniform);
  }
  // Bytes and truth values that only passed through int32 are cast at once.
  const inner = x.source.kind === 'node' && x.source.node.op === 'Cast' ? x.source.node.inputs[0]! : undefined;
  if (inner && x.type === 'int32' && type === 'float32' && WITHIN_INT32.has(inner.type)) return cast(g, inner, type);
  return unary(g, 'Cast', x, { to: int(ONNX_TYPE[type]) }, type);
}

/** What an operator with a neutral right (and, if it commutes, left) operand reduces to. */
const NEUTRAL: Readonly<Record<string, { value: number; commutes: boolean }>> = {
  Add: { value: 0, commutes: true },
  Sub: { value: 0, commutes: false },
  Mul: { value: 1, commutes: true },
  Div: { value: 1, commutes: false },
};

const COMPARISONS = new Set(['Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'And', 'Or', 'Xor']);

/**
 * Elementwise operator of two operands with broadcasting. A constant whose elements are all equal becomes a scalar where the other
 * operand already has the result's shape; adding 0 and multiplying by 1 vanish (or become a broadcast).
 */
export function binary(g: GraphBuilder, op: string, a: Value, b: Value): Value {
  const shape = broadcastShape(staticShape(a), staticShape(b));
  const neutral = NEUTRAL[op];
  if (neutral) {
    if (uniformOf(b) === neutral.value) return expand(g, a, shape);
    if (neutral.commutes && uniformOf(a) === neutral.value) return expand(g, b, shape);
  }
  // ONNX Runtime takes the last axis for the length of a scalar's loops: behind lengths of one ([O, I, 1, 1]) that is a loop per element.
  const widen = (x: Value, other: Value): Value =>
    other.shape.at(-1) === 1 && x.shape.length < other.shape.length && sizeOf(staticShape(x)) === 1
      ? reshape(g, x, new Array<number>(other.shape.length).fill(1))
      : x;
  const shrink = (x: Value, other: Value): Value => {
    const uniform = uniformOf(x);
    return uniform !== undefined && x.shape.length > 0 && sameShape(other.shape, shape)
      ? scalar(g, x.type, uniform)
      : x;
  };
  const left = shrink(a, b);
  // Both may be uniform: one must keep the shape.
  const right = left === a ? shrink(b, a) : b;
  const operands = [widen(left, right), widen(right, left)];
  return g.add(op, operands, [{ type: COMPARISONS.has(op) ? 'bool' : a.type, shape }])[0]!;
}
