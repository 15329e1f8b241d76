import type { FileTensor } from './file-messages.ts';

/** An element type of the standard. */
export interface DataType {
  /** As ONNX Runtime's JavaScript API calls it, where it has it. */
  readonly name: string;
  /** As the standard's operator schemas call it. */
  readonly schemaName: string;
  /** Bits of an element; of a text none. */
  readonly bits: number;
  /** The typed field that may hold it. */
  readonly field: 'floatData' | 'int32Data' | 'int64Data' | 'doubleData' | 'uint64Data' | 'stringData';
  /** Entries of that field for an element: two for a complex number, a half where two share a byte. */
  readonly entries: number;
}

type Row = readonly [name: string, schemaName: string, bits: number, field: DataType['field'], entries?: number];

/** TensorProto.DataType, by its numbers from 1 (onnx-ml.proto; IR version 13). */
const ROWS: readonly Row[] = [
  ['float32', 'float', 32, 'floatData'],
  ['uint8', 'uint8', 8, 'int32Data'],
  ['int8', 'int8', 8, 'int32Data'],
  ['uint16', 'uint16', 16, 'int32Data'],
  ['int16', 'int16', 16, 'int32Data'],
  ['int32', 'int32', 32, 'int32Data'],
  ['int64', 'int64', 64, 'int64Data'],
  ['string', 'string', 0, 'stringData'],
  ['bool', 'bool', 8, 'int32Data'],
  ['float16', 'float16', 16, 'int32Data'],
  ['float64', 'double', 64, 'doubleData'],
  ['uint32', 'uint32', 32, 'uint64Data'],
  ['uint64', 'uint64', 64, 'uint64Data'],
  ['complex64', 'complex64', 64, 'floatData', 2],
  ['complex128', 'complex128', 128, 'doubleData', 2],
  ['bfloat16', 'bfloat16', 16, 'int32Data'],
  ['float8e4m3fn', 'float8e4m3fn', 8, 'int32Data'],
  ['float8e4m3fnuz', 'float8e4m3fnuz', 8, 'int32Data'],
  ['float8e5m2', 'float8e5m2', 8, 'int32Data'],
  ['float8e5m2fnuz', 'float8e5m2fnuz', 8, 'int32Data'],
  ['uint4', 'uint4', 4, 'int32Data', 1 / 2],
  ['int4', 'int4', 4, 'int32Data', 1 / 2],
  ['float4e2m1', 'float4e2m1', 4, 'int32Data', 1 / 2],
  ['float8e8m0', 'float8e8m0', 8, 'int32Data'],
  ['uint2', 'uint2', 2, 'int32Data', 1 / 4],
  ['int2', 'int2', 2, 'int32Data', 1 / 4],
];

const DATA_TYPES: readonly (DataType | undefined)[] = [
  undefined,
  ...ROWS.map(([name, schemaName, bits, field, entries = 1]) => ({ name, schemaName, bits, field, entries })),
];

/** The element type of a number; undefined for one that the standard does not have (or that is newer). */
export const dataType = (number: number | undefined): DataType | undefined => DATA_TYPES[number ?? 0];

/** An element type's name, also of one that is not known. */
export const dataTypeName = (number: number | undefined): string =>
  dataType(number)?.name ?? (number ? `type ${number}` : 'no type');

const TYPED_FIELDS = ['floatData', 'int32Data', 'int64Data', 'doubleData', 'uint64Data', 'stringData'] as const;

/** The fields of a tensor that hold data; there may be one at most. */
export function dataFields(tensor: FileTensor): string[] {
  const typed: string[] = TYPED_FIELDS.filter((field) => tensor[field].length > 0);
  return tensor.rawData === undefined ? typed : ['rawData', ...typed];
}
