import type { GraphBuilder } from '../builder.ts';
import { allocate } from '../constant.ts';
import { toFloat16 } from '../float16.ts';
import { type ElementType, sizeOf, type Value } from '../value.ts';

/** A constant whose elements all have one value. */
export function full(g: GraphBuilder, type: ElementType, shape: readonly number[], value: number): Value {
  const data = allocate(type, sizeOf(shape));
  const element = type === 'int64' ? BigInt(value) : type === 'float16' ? toFloat16(value) : value;
  (data as { fill(value: number | bigint): unknown }).fill(element);
  return g.constant(type, shape, data);
}

/** A scalar constant of a type. */
export function scalar(g: GraphBuilder, type: ElementType, value: number): Value {
  return full(g, type, [], value);
}
