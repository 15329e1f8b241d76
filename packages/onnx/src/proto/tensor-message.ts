import { ONNX_TYPE } from '../graph/operators/elementwise.ts';
import type { ConstantArray, ElementType } from '../graph/value.ts';
import { dataTypeName } from './data-types.ts';
import type { TensorMessage } from './messages.ts';
import { MalformedFile } from './wire-reader.ts';

const BY_NUMBER = new Map(Object.entries(ONNX_TYPE).map(([type, number]) => [number, type as ElementType]));

/** The element type of ONNX's number for it. @throws MalformedFile for those this project does not compute with (texts, complex numbers …) */
export function elementType(number: number): ElementType {
  const type = BY_NUMBER.get(number);
  if (!type)
    throw new MalformedFile(
      `its element type must be one of ${Object.keys(ONNX_TYPE).join(', ')}, got ${dataTypeName(number)}`,
    );
  return type;
}

export function encodeTensor(
  name: string,
  type: ElementType,
  shape: readonly number[],
  data: ConstantArray,
): TensorMessage {
  const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { name, dims: [...shape], dataType: ONNX_TYPE[type], rawData };
}
