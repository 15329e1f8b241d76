import '@tensorflow/tfjs-backend-cpu';
import { type DataType, findBackend, getKernel, type NamedAttrMap, type TensorInfo } from '@tensorflow/tfjs-core';
import type { ConstantArray } from '../graph/value.ts';

/** A tensor in host memory as the reference kernels take and give it. */
export interface HostValue {
  readonly shape: number[];
  readonly dtype: DataType;
  readonly data: ConstantArray;
}

/** Whether TensorFlow.js's own CPU backend has the kernel. */
export const hasReferenceKernel = (kernelName: string): boolean => getKernel(kernelName, 'cpu') !== undefined;

/** Runs a kernel of TensorFlow.js's CPU backend on host values, outside any scope or gradient tape. */
export function runReferenceKernel(
  kernelName: string,
  inputs: Record<string, HostValue>,
  attrs: NamedAttrMap,
): HostValue[] {
  const backend = findBackend('cpu');
  const kernel = getKernel(kernelName, 'cpu');
  if (!kernel) throw new Error(`runReferenceKernel: kernel must exist on the cpu backend, got "${kernelName}".`);
  // Kernels that take a list (Concat) get an array, whose keys are positions.
  const infos = (Array.isArray(inputs) ? [] : {}) as Record<string, TensorInfo>;
  for (const [name, { data, shape, dtype }] of Object.entries(inputs)) {
    infos[name] = { dataId: backend.write(data as never, shape, dtype), shape, dtype };
  }
  const outputs = [kernel.kernelFunc({ inputs: infos, attrs, backend })].flat() as TensorInfo[];
  const values = outputs.map(({ dataId, shape, dtype }) => ({
    shape,
    dtype,
    data: backend.readSync(dataId).slice() as unknown as ConstantArray,
  }));
  for (const { dataId } of [...Object.values(infos), ...outputs]) backend.disposeData(dataId, true);
  return values;
}
