import { ONNX_TYPE } from '../graph/operators/elementwise.ts';
import type { ConstantArray, ElementType } from '../graph/value.ts';
import { TensorProto } from './messages.ts';
import { byteLength, lengthDelimited } from './wire.ts';

/** A named constant of a file. */
export interface Initializer {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: ConstantArray;
}

/** Field numbers of onnx.proto. */
const RAW_DATA = 9;

/** TensorProto.DataLocation.EXTERNAL. */
const EXTERNAL = 1;

/** Below this, a reference is hardly smaller than the data: as onnx's own `save_model`. */
const SMALLEST_EXTERNAL_BYTES = 1024;

/** Offsets are multiples of a memory page, so that a runtime can map the file. */
const PAGE_BYTES = 4096;

const bytesOf = ({ buffer, byteOffset, byteLength: length }: ConstantArray) =>
  new Uint8Array(buffer, byteOffset, length);

const header = ({ name, type, shape }: Initializer) => ({ name, dims: [...shape], dataType: ONNX_TYPE[type] });

/** A TensorProto with its data inside, the data being a view. */
export function encodeInside(initializer: Initializer): Uint8Array[] {
  const head = TensorProto.encode(header(initializer)).finish();
  return [head, ...lengthDelimited(RAW_DATA, [bytesOf(initializer.data)])];
}

/** A file of external data while it is put together. */
export interface ExternalFile {
  /** Its name, relative to the model. */
  readonly name: string;
  readonly chunks: Uint8Array[];
}

/** A TensorProto that says where in a file its data are, which are appended there; small ones stay inside. */
export function encodeOutside(initializer: Initializer, file: ExternalFile): Uint8Array[] {
  const data = bytesOf(initializer.data);
  if (data.length < SMALLEST_EXTERNAL_BYTES) return encodeInside(initializer);
  const padding = -byteLength(file.chunks) & (PAGE_BYTES - 1);
  if (padding > 0) file.chunks.push(new Uint8Array(padding));
  const entries = { location: file.name, offset: byteLength(file.chunks), length: data.length };
  file.chunks.push(data);
  const externalData = Object.entries(entries).map(([key, value]) => ({ key, value: String(value) }));
  return [TensorProto.encode({ ...header(initializer), externalData, dataLocation: EXTERNAL }).finish()];
}
