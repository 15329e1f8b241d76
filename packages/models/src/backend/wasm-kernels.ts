import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { preciseReduction } from './precise-reduction.ts';

/**
 * The gradient of a gather, which the wasm backend lacks: relative position tables are trained through it. Rows are added in order, in
 * JavaScript.
 */
const unsortedSegmentSum: tf.KernelConfig = {
  kernelName: tf.UnsortedSegmentSum,
  backendName: 'wasm',
  kernelFunc({ inputs, backend, attrs }) {
    const wasm = backend as BackendWasm;
    const { x, segmentIds } = inputs as unknown as tf.UnsortedSegmentSumInputs as Record<string, tf.TensorInfo>;
    const { numSegments } = attrs as unknown as tf.UnsortedSegmentSumAttrs;
    const shape = [numSegments, ...x!.shape.slice(1)];
    const rowSize = shape.slice(1).reduce((product, length) => product * length, 1);
    const output = wasm.makeOutput(shape, x!.dtype);
    const [values, ids, sums] = [x!, segmentIds!, output].map((info) => wasm.typedArrayFromHeap(info)) as [
      Float32Array,
      Int32Array,
      Float32Array,
    ];
    sums.fill(0);
    ids.forEach((segment, row) => {
      if (segment < 0) return;
      for (let i = 0; i < rowSize; i++) sums[segment * rowSize + i]! += values[row * rowSize + i]!;
    });
    return output;
  },
};

const swapLast = (rank: number) => [...Array(rank - 2).keys(), rank - 1, rank - 2];

/**
 * The wasm backend multiplies by XNNPACK where neither operand is transposed, and else by plain loops, 15 times slower: transposed operands
 * (every layer's weight, PyTorch's layout) are laid out anew before the product.
 *
 * @param multiply the backend's own kernel
 * @param transpose likewise
 */
const batchMatMul = (multiply: tf.KernelFunc, transpose: tf.KernelFunc): tf.KernelConfig => ({
  kernelName: tf.BatchMatMul,
  backendName: 'wasm',
  kernelFunc({ inputs, backend, attrs }) {
    const { transposeA, transposeB } = attrs as unknown as tf.BatchMatMulAttrs;
    const temporary: tf.TensorInfo[] = [];
    const turned = (x: tf.TensorInfo, isTransposed: boolean): tf.TensorInfo => {
      if (!isTransposed) return x;
      const result = transpose({ inputs: { x }, backend, attrs: { perm: swapLast(x.shape.length) } }) as tf.TensorInfo;
      temporary.push(result);
      return result;
    };
    const operands = { a: turned(inputs.a!, transposeA), b: turned(inputs.b!, transposeB) };
    const product = multiply({ inputs: operands, backend, attrs: { transposeA: false, transposeB: false } });
    for (const { dataId } of temporary) (backend as BackendWasm).disposeData(dataId);
    return product;
  },
});

let isRegistered = false;

/** Adds what this project needs to the wasm backend, which must have been imported. */
export function registerWasmKernels(): void {
  if (isRegistered) return;
  isRegistered = true;
  if (!tf.getKernel(unsortedSegmentSum.kernelName, 'wasm')) tf.registerKernel(unsortedSegmentSum);
  const own = (kernelName: string): tf.KernelConfig => {
    const kernel = tf.getKernel(kernelName, 'wasm');
    if (!kernel) throw new Error('registerWasmKernels: the wasm backend must have been imported.');
    return kernel;
  };
  const [multiply, transpose, sum, mean] = [tf.BatchMatMul, tf.Transpose, tf.Sum, tf.Mean].map(own);
  const replacements: readonly [tf.KernelConfig, tf.KernelConfig][] = [
    [multiply!, batchMatMul(multiply!.kernelFunc, transpose!.kernelFunc)],
    [sum!, preciseReduction('Sum', sum!.kernelFunc, transpose!.kernelFunc)],
    [mean!, preciseReduction('Mean', mean!.kernelFunc, transpose!.kernelFunc)],
  ];
  for (const [replaced, replacement] of replacements) {
    tf.unregisterKernel(replaced.kernelName, 'wasm');
    // The original's set-up stays: it is still called.
    tf.registerKernel({ ...replaced, ...replacement });
  }
}
