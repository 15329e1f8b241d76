import { ARRAYS } from '../graph/constant.ts';
import { ONNX_TYPE } from '../graph/operators/elementwise.ts';
import type { ConstantArray, ElementType } from '../graph/value.ts';
import type { TensorMessage } from './messages.ts';

const BY_NUMBER = new Map(Object.entries(ONNX_TYPE).map(([type, number]) => [number, type as ElementType]));

/** The element type of ONNX's number for it; throws for those this project does not handle (strings, complex). */
export function elementType(number: number): ElementType {
  const type = BY_NUMBER.get(number);
  if (!type) throw new Error(`elementType: tensor type must be a number type, got ONNX's ${number}.`);
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

/** Values of a tensor message, from its raw bytes (copied: they may be unaligned) or its typed fields. */
export function decodeTensor(tensor: TensorMessage): { type: ElementType; shape: number[]; data: ConstantArray } {
  const type = elementType(tensor.dataType);
  const shape = tensor.dims.map(Number);
  const size = shape.reduce((product, length) => product * length, 1);
  const array = ARRAYS[type];
  if (tensor.dataLocation === 1)
    throw new Error(`decodeTensor: data must be inside the file, got external data for "${tensor.name}".`);
  const typed = tensor.floatData?.length
    ? tensor.floatData
    : tensor.int32Data?.length
      ? tensor.int32Data
      : tensor.doubleData;
  const numbers = tensor.int64Data?.length ? tensor.int64Data : typed;
  let data: ConstantArray;
  if (tensor.rawData?.length) data = new array(new Uint8Array(tensor.rawData).buffer);
  else if (type === 'int64') data = BigInt64Array.from(numbers ?? [], (n) => BigInt(n));
  else data = new (array as Float32ArrayConstructor)(numbers ?? []);
  if (data.length !== size)
    throw new Error(`decodeTensor: "${tensor.name}" must have ${size} elements, got ${data.length}.`);
  return { type, shape, data };
}
