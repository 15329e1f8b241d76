import type { ReadTensor } from '../checkpoint/read-safetensors.ts';

/** A tensor as it was read, row-major. Tensors that share a storage in the file may share memory here. */
export type PthTensor = ReadTensor;

/** Keys of dictionaries and elements of sets. */
export type PthKey = string | number | bigint | boolean | null;

/**
 * Plain data of a checkpoint. Dictionaries of every class are Maps, lists and tuples arrays; integers beyond 2^53 are bigints.
 * The only other objects are tensors.
 */
export type PthValue = PthKey | Uint8Array | PthTensor | PthValue[] | Map<PthKey, PthValue> | Set<PthKey>;

/** Whether a value of a checkpoint is a tensor. */
export const isPthTensor = (value: PthValue | undefined): value is PthTensor =>
  typeof value === 'object' && value !== null && 'data' in value && 'shape' in value;
