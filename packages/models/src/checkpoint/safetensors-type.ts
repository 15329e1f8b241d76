import { fromFloat16 } from '@mfm/onnx';

/** Arrays that a tensor of a safetensors file can hold on the host. */
export type SafetensorsArray =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | Int32Array
  | Int16Array
  | Int8Array
  | Uint8Array;

/** Element types this project reads. F16 and BF16 become float32 on the host, which holds all their values. */
export type SafetensorsType = 'F64' | 'F32' | 'F16' | 'BF16' | 'I64' | 'I32' | 'I16' | 'I8' | 'U8' | 'BOOL';

/** A tensor in a safetensors file, row-major. */
export interface SafetensorsTensor {
  readonly shape: readonly number[];
  readonly data: SafetensorsArray;
  /** Its type in the file; without it, that of the array's class. */
  readonly type?: SafetensorsType;
}

interface ElementType {
  /** Bytes per element. */
  readonly size: number;
  /** Decodes little-endian bytes, a buffer of their own. */
  decode(bytes: Uint8Array<ArrayBuffer>): SafetensorsArray;
}

function decodeBfloat16(bytes: Uint8Array<ArrayBuffer>): Float32Array {
  const halves = new Uint16Array(bytes.buffer);
  return new Float32Array(Uint32Array.from(halves, (bits) => bits << 16).buffer);
}

/** Every element type by its name in the file. Typed arrays have the machine's order: little-endian wherever Node runs. */
export const ELEMENT_TYPES: Readonly<Record<SafetensorsType, ElementType>> = {
  F64: { size: 8, decode: (bytes) => new Float64Array(bytes.buffer) },
  F32: { size: 4, decode: (bytes) => new Float32Array(bytes.buffer) },
  F16: { size: 2, decode: (bytes) => Float32Array.from(new Uint16Array(bytes.buffer), fromFloat16) },
  BF16: { size: 2, decode: decodeBfloat16 },
  I64: { size: 8, decode: (bytes) => new BigInt64Array(bytes.buffer) },
  I32: { size: 4, decode: (bytes) => new Int32Array(bytes.buffer) },
  I16: { size: 2, decode: (bytes) => new Int16Array(bytes.buffer) },
  I8: { size: 1, decode: (bytes) => new Int8Array(bytes.buffer) },
  U8: { size: 1, decode: (bytes) => bytes },
  BOOL: { size: 1, decode: (bytes) => bytes },
};

const TYPE_OF_CLASS: Readonly<Record<string, SafetensorsType>> = {
  Float64Array: 'F64',
  Float32Array: 'F32',
  BigInt64Array: 'I64',
  Int32Array: 'I32',
  Int16Array: 'I16',
  Int8Array: 'I8',
  Uint8Array: 'U8',
};

/** The type under which an array is written; undefined for one that cannot be. */
export function typeOfArray(data: SafetensorsArray): SafetensorsType | undefined {
  return TYPE_OF_CLASS[Object.prototype.toString.call(data).slice(8, -1)];
}
