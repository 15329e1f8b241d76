/** Element types that move between the host and a session. */
export type HostArray = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array | Int8Array | Uint16Array;

/** ONNX element types with a typed array on the host; float16 travels as its bits in a Uint16Array. */
export type HostType = 'float32' | 'float64' | 'int32' | 'int64' | 'uint8' | 'int8' | 'bool' | 'float16' | 'uint16';

/** A dense tensor in host memory, row-major. */
export interface HostTensor {
  readonly type: HostType;
  /** Length of each axis; empty for a scalar. */
  readonly dims: readonly number[];
  /** Row-major values; bool as 0 or 1 in a Uint8Array. */
  readonly data: HostArray;
}

/** Tensors by name: a session's feeds and results. */
export type HostTensors = Record<string, HostTensor>;
