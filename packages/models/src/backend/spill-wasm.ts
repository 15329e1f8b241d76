import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';

/** What the wasm backend keeps of a tensor. */
interface HeapTensor {
  readonly id: number;
  memoryOffset: number | null;
  readonly shape: number[];
  readonly dtype: tf.DataType;
  refCount: number;
}

/** The parts of the compiled module that move tensors. */
interface WasmModule {
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(offset: number): void;
  readonly tfjs: { registerTensor(id: number, size: number, offset: number): void; disposeData(id: number): void };
}

/** A WebAssembly heap ends at 2 GiB, and a kernel's own results must fit above what stays. */
export const SPILL_ABOVE_BYTES = 1.2e9;

/** After a spill, this share of the limit stays, so that not every kernel spills. */
const KEPT_SHARE = 0.75;

const elements = ({ shape }: HeapTensor) => tf.util.sizeFromShape(shape);
const byteLength = (tensor: HeapTensor) => elements(tensor) * tf.util.bytesPerElement(tensor.dtype);

/**
 * Lets the wasm backend hold more than its heap: between kernels, tensors that were not used for longest are moved to JavaScript's memory, and
 * come back when they are used. For values that a heap of 2 GiB cannot hold, as those of a large model's training step.
 *
 * @param backend the wasm backend, before it holds anything
 * @param limit bytes of tensors that may lie on the heap between two kernels
 */
export function spillWasm(backend: BackendWasm, limit: number = SPILL_ABOVE_BYTES): void {
  const wasm = (backend as unknown as { readonly wasm: WasmModule }).wasm;
  const storage = (backend as unknown as { readonly dataIdMap: tf.DataStorage<HeapTensor> }).dataIdMap;
  if (storage.numDataIds() > 0) throw new Error('spillWasm: the backend must not hold tensors yet.');
  /** On the heap, the one used last at the end; values are bytes. */
  const resident = new Map<tf.DataId, number>();
  const spilled = new Map<tf.DataId, Uint8Array>();
  let residentBytes = 0;

  const [get, set, remove] = [storage.get.bind(storage), storage.set.bind(storage), storage.delete.bind(storage)];
  const add = (dataId: tf.DataId, bytes: number): void => {
    resident.set(dataId, bytes);
    residentBytes += bytes;
  };
  const drop = (dataId: tf.DataId): void => {
    residentBytes -= resident.get(dataId) ?? 0;
    resident.delete(dataId);
  };

  const spill = (dataId: tf.DataId, bytes: number): void => {
    const tensor = get(dataId);
    spilled.set(dataId, wasm.HEAPU8.slice(tensor.memoryOffset!, tensor.memoryOffset! + bytes));
    wasm._free(tensor.memoryOffset!);
    wasm.tfjs.disposeData(tensor.id);
    drop(dataId);
  };
  const restore = (dataId: tf.DataId, tensor: HeapTensor, bytes: Uint8Array): void => {
    spilled.delete(dataId);
    tensor.memoryOffset = wasm._malloc(bytes.length) >>> 0;
    wasm.tfjs.registerTensor(tensor.id, elements(tensor), tensor.memoryOffset);
    wasm.HEAPU8.set(bytes, tensor.memoryOffset);
    add(dataId, bytes.length);
  };

  // Every kernel finds its operands and results through the storage.
  storage.get = (dataId) => {
    const tensor = get(dataId);
    const bytes = spilled.get(dataId);
    if (bytes) restore(dataId, tensor, bytes);
    else if (resident.has(dataId)) {
      const length = resident.get(dataId)!;
      resident.delete(dataId);
      resident.set(dataId, length);
    }
    return tensor;
  };
  storage.set = (dataId, tensor) => {
    set(dataId, tensor);
    if (tensor.memoryOffset !== null) add(dataId, byteLength(tensor));
  };
  storage.delete = (dataId) => {
    drop(dataId);
    spilled.delete(dataId);
    return remove(dataId);
  };
  const disposeData = backend.disposeData.bind(backend);
  backend.disposeData = (dataId, force = false) => {
    // What is thrown away need not come back first.
    if (spilled.has(dataId) && (force || get(dataId).refCount === 1)) return storage.delete(dataId);
    return disposeData(dataId, force);
  };
  // TensorFlow.js counts the tensors before each kernel: then none is in use.
  const numDataIds = backend.numDataIds.bind(backend);
  backend.numDataIds = () => {
    if (residentBytes > limit) {
      for (const [dataId, bytes] of resident) {
        if (residentBytes <= KEPT_SHARE * limit) break;
        spill(dataId, bytes);
      }
    }
    return numDataIds();
  };
  // Its own looks the heap's buffer up before the tensor, which may move it.
  const typedArrayFromHeap = backend.typedArrayFromHeap.bind(backend);
  backend.typedArrayFromHeap = (info) => {
    storage.get(info.dataId);
    return typedArrayFromHeap(info);
  };
  // Likewise when it is read.
  const readSync = backend.readSync.bind(backend);
  backend.readSync = (dataId, start, end) => {
    storage.get(dataId);
    return readSync(dataId, start, end);
  };
}
