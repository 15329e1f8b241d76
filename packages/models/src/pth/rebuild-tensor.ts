import { ELEMENT_TYPES, type SafetensorsArray, type SafetensorsType } from '../checkpoint/safetensors-type.ts';
import { type BuildContext, type PendingTensor, type PickleObject, StorageReference } from './pickle-object.ts';
import { quote } from './pth-error.ts';
import type { PthValue } from './pth-value.ts';
import { DTYPES } from './torch-types.ts';

/** PyTorch's own limit. */
const MAX_DIMENSIONS = 64;

/** What a tensor holds until its storage has been read. */
const NOTHING = new Float32Array();

/** A length, offset or stride as a pickle may give it. */
export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const areCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length <= MAX_DIMENSIONS && value.every(isCount);

const sizeOf = (shape: readonly number[]): number =>
  shape.includes(0) ? 0 : shape.reduce((product, length) => product * length, 1);

/** Index of the last element that a view reaches, from its offset. */
const lastIndex = (shape: readonly number[], strides: readonly number[]): number =>
  shape.reduce((sum, length, axis) => sum + (length - 1) * strides[axis]!, 0);

/** What a tensor takes here besides its lengths and strides, in bytes of a pickle: real ones take more. */
const TENSOR_COST = 16;

/** A view of a storage: offset, shape and strides in elements of the type. */
function viewOf(args: readonly PickleObject[], type: SafetensorsType | undefined, context: BuildContext): PthValue {
  const [storage, offset, shape, strides] = args;
  if (!(storage instanceof StorageReference)) return context.fail('a tensor has no storage');
  if (!isCount(offset) || !areCounts(shape) || !areCounts(strides) || shape.length !== strides.length) {
    return context.fail('a tensor has an offset, shape or strides that are not counts');
  }
  context.spend(TENSOR_COST + 2 * shape.length);
  const ofType = type ?? storage.type;
  const stored = (storage.count * ELEMENT_TYPES[storage.type].size) / ELEMENT_TYPES[ofType].size;
  const end = sizeOf(shape) === 0 ? 0 : offset + lastIndex(shape, strides) + 1;
  if (end > stored) {
    return context.fail(`a tensor of shape [${shape}] reaches beyond its storage of ${Math.floor(stored)} elements`);
  }
  const tensor = { shape: [...shape], type: ofType, data: NOTHING };
  context.addTensor({ tensor, storage, offset, strides: [...strides] });
  return tensor;
}

/** `torch._utils._rebuild_tensor(storage, offset, shape, strides)` and `_rebuild_tensor_v2`: elements are the storage's. */
export const rebuildTensor = (args: readonly PickleObject[], context: BuildContext): PthValue =>
  viewOf(args, undefined, context);

/** `_rebuild_tensor_v3`: the elements' type is the seventh argument. */
export function rebuildTypedTensor(args: readonly PickleObject[], context: BuildContext): PthValue {
  const name = args[6];
  const type = typeof name === 'string' && Object.hasOwn(DTYPES, name) ? DTYPES[name] : undefined;
  if (type !== undefined) return viewOf(args, type, context);
  return context.fail(
    `a tensor has elements of type ${typeof name === 'string' ? quote(name) : 'nothing'}, which is not read`,
  );
}

/** `torch._utils._rebuild_parameter`: a parameter is the tensor it wraps. */
export function rebuildParameter([tensor]: readonly PickleObject[], context: BuildContext): PickleObject {
  const isTensor = typeof tensor === 'object' && tensor !== null && 'shape' in tensor;
  return isTensor ? tensor : context.fail('a parameter holds no tensor');
}

/** Whether a view's elements lie one after the other; axes of length 1 do not matter. */
function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}

/** Copies a view's elements in row-major order. */
function gather(storage: SafetensorsArray, { tensor, offset, strides }: PendingTensor): SafetensorsArray {
  const { shape } = tensor;
  const size = sizeOf(shape);
  const result = new (storage.constructor as new (size: number) => SafetensorsArray)(size);
  const index = shape.map(() => 0);
  let from = offset;
  for (let to = 0; to < size; to++) {
    result[to] = storage[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      index[axis]!++;
      if (index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}

/** A view of a decoded storage: the same memory where it is contiguous, else a copy. */
const elementsOf = (storage: SafetensorsArray, pending: PendingTensor): SafetensorsArray => {
  const { tensor, offset, strides } = pending;
  const size = sizeOf(tensor.shape);
  if (size === 0) return storage.subarray(0, 0);
  return isContiguous(tensor.shape, strides) ? storage.subarray(offset, offset + size) : gather(storage, pending);
};

/** As many elements of a type as bytes hold. */
function decodeWhole(bytes: Uint8Array<ArrayBuffer>, type: SafetensorsType): SafetensorsArray {
  const { size, decode } = ELEMENT_TYPES[type];
  return decode(bytes.length % size === 0 ? bytes : bytes.slice(0, bytes.length - (bytes.length % size)));
}

/** Elements that views which are not contiguous (expanded ones have more than their storage) may take, besides one per byte of the file. */
const FREE_COPIES = 2 ** 22;

/**
 * Reads every storage that tensors need, once, and fills the tensors.
 *
 * @param fileBytes the file's length, which bounds what is allocated
 * @param read a storage's bytes, in a buffer of their own
 */
export async function fillTensors(
  pending: readonly PendingTensor[],
  fileBytes: number,
  read: (storage: StorageReference) => Promise<Uint8Array<ArrayBuffer>>,
  fail: (what: string) => never,
): Promise<void> {
  const byStorage = new Map<StorageReference, PendingTensor[]>();
  let copied = 0;
  for (const item of pending) {
    const sharing = byStorage.get(item.storage);
    if (sharing) sharing.push(item);
    else byStorage.set(item.storage, [item]);
    if (!isContiguous(item.tensor.shape, item.strides)) copied += sizeOf(item.tensor.shape);
  }
  const stored = [...byStorage.keys()].reduce((sum, { count, type }) => sum + count * ELEMENT_TYPES[type].size, 0);
  if (stored > fileBytes) fail(`its storages take ${stored} bytes, more than the file's ${fileBytes}: it is truncated`);
  if (copied > FREE_COPIES + fileBytes) fail(`its views hold ${copied} elements, far more than the file`);
  for (const [storage, sharing] of byStorage) {
    const bytes = await read(storage);
    const decoded = new Map<SafetensorsType, SafetensorsArray>();
    for (const item of sharing) {
      const { type } = item.tensor;
      const elements = decoded.get(type) ?? decodeWhole(bytes, type);
      decoded.set(type, elements);
      item.tensor.data = elementsOf(elements, item);
    }
  }
}
