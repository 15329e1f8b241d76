import type { EncodeOptions } from '@mfm/onnx';

/**
 * Operators that a training graph may use. The CPU and CUDA providers have ONNX Runtime's own (products of transposed operands without a
 * transposition); the WebGPU provider lacks them, and would hand each such node to the CPU, with two copies.
 *
 * @param device `cpu`, `webgpu`, `cuda`, `cuda:<n>`
 */
export const graphTarget = (device: string): NonNullable<EncodeOptions['target']> =>
  device === 'webgpu' ? 'standard' : 'onnxruntime';
