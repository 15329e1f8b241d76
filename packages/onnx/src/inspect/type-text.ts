import { dataTypeName } from '../proto/data-types.ts';
import type { FileShape, FileType } from '../proto/file-messages.ts';

/** `[batch, 3, ?]`; a value without a shape may have any. */
const shapeText = (shape: FileShape | undefined): string =>
  shape === undefined
    ? '[…]'
    : `[${shape.dim.map(({ dimValue, dimParam }) => dimParam || (dimValue ?? '?')).join(', ')}]`;

/** A type for people: `float32[batch, 3, 224, 224]`, `sequence of int64[?]`. */
export function typeText(type: FileType | undefined): string {
  if (type?.tensorType) return `${dataTypeName(type.tensorType.elemType)}${shapeText(type.tensorType.shape)}`;
  if (type?.sparseTensorType)
    return `sparse ${dataTypeName(type.sparseTensorType.elemType)}${shapeText(type.sparseTensorType.shape)}`;
  if (type?.sequenceType) return `sequence of ${typeText(type.sequenceType.elemType)}`;
  if (type?.optionalType) return `optional ${typeText(type.optionalType.elemType)}`;
  if (type?.mapType) return `map from ${dataTypeName(type.mapType.keyType)} to ${typeText(type.mapType.valueType)}`;
  if (type?.opaqueType) return `opaque ${type.opaqueType.domain ?? ''}.${type.opaqueType.name ?? ''}`;
  return 'no type';
}
