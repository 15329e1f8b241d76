import type { GraphBuilder } from '../builder.ts';
import { allocate } from '../constant.ts';
import { type ElementType, sizeOf, type Value } from '../value.ts';

/** A constant whose elements all have one value. */
export function full(g: GraphBuilder, type: ElementType, shape: readonly number[], value: number): Value {
  const data = allocate(type, sizeOf(shape));
  (data as { fill(value: number | bigint): unknown }).fill(type === 'int64' ? BigInt(value) : value);
  return g.constant(type, shape, data);
}

/** A scalar constant of a type. */
export function scalar(g: GraphBuilder, type: ElementType, value: number): Value {
  return full(g, type, [], value);
}
