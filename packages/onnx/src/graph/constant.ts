import { fromFloat16, toFloat16 } from './float16.ts';
import type { ConstantArray, ElementType, Value } from './value.ts';

/** The typed array that holds the elements of each type; float16 as bits, bool as 0 or 1. */
export const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int64: BigInt64Array,
  int32: Int32Array,
  int8: Int8Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  bool: Uint8Array,
} as const;

/** A typed array for `length` elements of a type. */
export function allocate(type: ElementType, length: number): ConstantArray {
  return new ARRAYS[type](length);
}

/**
 * Values as the typed array that belongs to an element type; the same array if it is one already. TensorFlow.js's CPU backend
 * keeps whole numbers in an Int32Array when it casts them to float32.
 */
export function asTypedArray(type: ElementType, values: ArrayLike<number> | ConstantArray): ConstantArray {
  return values instanceof ARRAYS[type] ? values : toArray(type, values as ArrayLike<number>);
}

/** Numbers as a typed array of an element type (bigints for int64, bits for float16). */
function toArray(type: ElementType, numbers: ArrayLike<number>): ConstantArray {
  if (type === 'float16') return Uint16Array.from(numbers, toFloat16);
  if (type === 'int64') return BigInt64Array.from(Array.from(numbers), (n) => BigInt(n));
  return (ARRAYS[type] as { from(values: ArrayLike<number>): ConstantArray }).from(numbers);
}

/** The number that all elements equal, or undefined; NaN is never uniform. */
function uniformValue(type: ElementType, data: ConstantArray): number | undefined {
  if (data.length === 0) return undefined;
  const first = data[0]!;
  for (let i = 1; i < data.length; i++) if (data[i] !== first) return undefined;
  const number = type === 'float16' ? fromFloat16(Number(first)) : Number(first);
  return Number.isNaN(number) || Object.is(number, -0) ? undefined : number;
}

/**
 * Makes a constant.
 *
 * @param name the initializer's name; a named constant (a parameter) is never merged or folded away
 */
export function makeConstant(type: ElementType, shape: readonly number[], data: ConstantArray, name?: string): Value {
  if (name !== undefined) return { type, shape, source: { kind: 'constant', data, name } };
  const uniform = uniformValue(type, data);
  return {
    type,
    shape,
    source: uniform === undefined ? { kind: 'constant', data } : { kind: 'constant', data, uniform },
  };
}

/** The number that every element of a value is known to have, else undefined. */
export const uniformOf = (value: Value): number | undefined =>
  value.source.kind === 'constant' ? value.source.uniform : undefined;
