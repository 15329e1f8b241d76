import { getBackend, getKernel } from '@tensorflow/tfjs-core';

/**
 * Whether the active TensorFlow.js backend has a kernel of this project's own: the tracing backend registers them, so a fused op
 * becomes one ONNX node there and a composition of plain TensorFlow.js ops everywhere else.
 */
export function hasFusedKernel(kernelName: string): boolean {
  return getKernel(kernelName, getBackend()) !== undefined;
}
