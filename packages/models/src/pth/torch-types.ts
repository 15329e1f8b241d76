import type { SafetensorsType } from '../checkpoint/safetensors-type.ts';

/** PyTorch's classes of typed storages, `torch.<prefix>Storage`, and their elements. */
export const STORAGE_ELEMENTS: Readonly<Record<string, SafetensorsType>> = {
  Double: 'F64',
  Float: 'F32',
  Half: 'F16',
  BFloat16: 'BF16',
  Long: 'I64',
  Int: 'I32',
  Short: 'I16',
  Char: 'I8',
  Byte: 'U8',
  Bool: 'BOOL',
  Untyped: 'U8',
};

/** Element types by the full name of the `torch.dtype`; those that are known but not read are undefined. */
export const DTYPES: Readonly<Record<string, SafetensorsType | undefined>> = {
  'torch.float64': 'F64',
  'torch.float32': 'F32',
  'torch.float16': 'F16',
  'torch.bfloat16': 'BF16',
  'torch.int64': 'I64',
  'torch.int32': 'I32',
  'torch.int16': 'I16',
  'torch.int8': 'I8',
  'torch.uint8': 'U8',
  'torch.bool': 'BOOL',
  ...Object.fromEntries(
    [
      ...['uint16', 'uint32', 'uint64', 'complex32', 'complex64', 'complex128'],
      ...['float8_e4m3fn', 'float8_e5m2', 'float8_e4m3fnuz', 'float8_e5m2fnuz', 'float8_e8m0fnu'],
    ].map((name) => [`torch.${name}`, undefined]),
  ),
};

/** Globals of tensors that have no counterpart here, with what those are. */
const NOT_READ: readonly (readonly [name: RegExp, what: string])[] = [
  [/^torch\.(\w+\.)*Complex\w*Storage$/, 'complex numbers'],
  [/^torch\.(\w+\.)*QU?Int\w*Storage$|^torch\._utils\._rebuild_qtensor$/, 'quantised numbers'],
  [/^torch\._utils\._rebuild_(sparse|sparse_csr|nested)_tensor$/, 'sparse or nested tensors'],
];

/** What a global stands for when it is of PyTorch's own, but its tensors are not read. */
export const unreadTensors = (name: string): string | undefined =>
  NOT_READ.find(([pattern]) => pattern.test(name))?.[1];
