import type { ByteRange } from './byte-source.ts';
import type { Integer } from './wire-reader.ts';

/**
 * The messages of an ONNX file as they were found, of whatever kind: names are the standard's in camelCase. Any field may be missing; repeated
 * fields are empty lists then. What is large (a tensor's data) is not read but stands as its place in the file.
 */
export interface FileModel {
  irVersion?: Integer;
  opsetImport: FileOpset[];
  producerName?: string;
  producerVersion?: string;
  domain?: string;
  modelVersion?: Integer;
  docString?: string;
  graph?: FileGraph;
  metadataProps: FileEntry[];
  trainingInfo: { initialization?: FileGraph; algorithm?: FileGraph }[];
  functions: FileFunction[];
}

export interface FileOpset {
  domain?: string;
  version?: Integer;
}

export interface FileEntry {
  key?: string;
  value?: string;
}

export interface FileGraph {
  node: FileNode[];
  name?: string;
  initializer: FileTensor[];
  sparseInitializer: FileSparseTensor[];
  docString?: string;
  input: FileValueInfo[];
  output: FileValueInfo[];
  valueInfo: FileValueInfo[];
  quantizationAnnotation: { tensorName?: string }[];
  metadataProps: FileEntry[];
}

export interface FileFunction {
  name?: string;
  domain?: string;
  overload?: string;
  input: string[];
  output: string[];
  attribute: string[];
  attributeProto: FileAttribute[];
  node: FileNode[];
  opsetImport: FileOpset[];
}

export interface FileNode {
  input: string[];
  output: string[];
  name?: string;
  opType?: string;
  domain?: string;
  overload?: string;
  attribute: FileAttribute[];
  metadataProps: FileEntry[];
}

export interface FileAttribute {
  name?: string;
  refAttrName?: string;
  type?: number;
  f?: number;
  i?: Integer;
  s?: Uint8Array;
  t?: FileTensor;
  g?: FileGraph;
  tp?: FileType;
  sparseTensor?: FileSparseTensor;
  floats: Numbers<number>;
  ints: Numbers<Integer>;
  strings: Uint8Array[];
  tensors: FileTensor[];
  graphs: FileGraph[];
  typeProtos: FileType[];
  sparseTensors: FileSparseTensor[];
}

export type Numbers<T> = readonly T[];

export interface FileValueInfo {
  name?: string;
  type?: FileType;
}

/** The numbers of a tensor's typed field: places of packed ones, and what stood alone. */
export type Packed = (ByteRange | Integer)[];

export interface FileTensor {
  name?: string;
  dims: Integer[];
  dataType?: number;
  rawData?: ByteRange;
  floatData: Packed;
  int32Data: Packed;
  int64Data: Packed;
  doubleData: Packed;
  uint64Data: Packed;
  stringData: ByteRange[];
  externalData: FileEntry[];
  dataLocation?: number;
}

export interface FileSparseTensor {
  values?: FileTensor;
  indices?: FileTensor;
  dims: Integer[];
}

export interface FileShape {
  dim: { dimValue?: Integer; dimParam?: string }[];
}

export interface FileType {
  tensorType?: { elemType?: number; shape?: FileShape };
  sparseTensorType?: { elemType?: number; shape?: FileShape };
  sequenceType?: { elemType?: FileType };
  optionalType?: { elemType?: FileType };
  mapType?: { keyType?: number; valueType?: FileType };
  opaqueType?: { domain?: string; name?: string };
}
