import { dataType } from '../proto/data-types.ts';
import type { FileShape, FileType } from '../proto/file-messages.ts';

/** A length: a number, a name, or not known. */
export type Length = number | string | undefined;
export type Shape = readonly Length[];

/** What is known of a value. */
export interface ValueType {
  /** As operator schemas write it, `tensor(float)`. */
  readonly type?: string | undefined;
  readonly shape?: Shape | undefined;
  /** A small constant's values, for shapes that depend on them. */
  readonly constant?: readonly number[] | undefined;
}

const elementName = (number: number | undefined): string => dataType(number)?.schemaName ?? 'undefined';

/** A type in the notation of operator schemas: `seq(tensor(float))`. */
export function typeName(type: FileType | undefined): string | undefined {
  if (type?.tensorType) return `tensor(${elementName(type.tensorType.elemType)})`;
  if (type?.sparseTensorType) return `sparse_tensor(${elementName(type.sparseTensorType.elemType)})`;
  if (type?.sequenceType) return `seq(${typeName(type.sequenceType.elemType)})`;
  if (type?.optionalType) return `optional(${typeName(type.optionalType.elemType)})`;
  if (type?.mapType) return `map(${elementName(type.mapType.keyType)},${typeName(type.mapType.valueType)})`;
  if (type?.opaqueType) return `opaque(${type.opaqueType.domain ?? ''},${type.opaqueType.name ?? ''})`;
  return undefined;
}

/** A shape as the file has it; undefined where it has none, which is another thing than a scalar's. */
export const shapeOf = (shape: FileShape | undefined): Shape | undefined =>
  shape?.dim.map(({ dimValue, dimParam }) => dimParam ?? (dimValue === undefined ? undefined : Number(dimValue)));

/** What the file says of a value. */
export const declaredType = (type: FileType | undefined): ValueType => ({
  type: typeName(type),
  shape: shapeOf(type?.tensorType?.shape ?? type?.sparseTensorType?.shape),
});

/** `[batch, 3, ?]` */
export const shapeText = (shape: Shape | undefined): string =>
  shape === undefined ? '[…]' : `[${shape.map((length) => length ?? '?').join(', ')}]`;

/** Whether two shapes may be the same: names and unknown lengths fit anything. */
export const compatible = (a: Shape, b: Shape): boolean =>
  a.length === b.length &&
  a.every((length, axis) => typeof length !== 'number' || typeof b[axis] !== 'number' || length === b[axis]);
