import { describe, expect, it } from '@jest/globals';
import '../../ops/gradients.ts';
import * as tf from '@tensorflow/tfjs-core';
import { batchNormInference, batchNormTrain } from '../../ops/batch-norm.ts';
import { maxPool2d } from '../../ops/max-pool.ts';
import { trace } from '../../trace/trace.ts';
import { printGraph } from '../print.ts';
import { topologicalNodes } from '../topology.ts';
import { foldConstants } from './fold-constants.ts';
import { fuseGemm } from './fuse-gemm.ts';
import { legalize } from './legalize.ts';

const product = (x: tf.Tensor | undefined, w: tf.Tensor | undefined) => tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D);
const inputs = { x: { shape: [4, 3] }, w: { shape: [3, 2] }, b: { shape: [2] } };
const lines = (text: string) => text.split('\n').filter((line) => line.startsWith('%') || line.startsWith('output'));

describe('fuseGemm', () => {
  it('takes the bias and the factors on both sides into the product', () => {
    const graph = trace(({ x, w, b }) => ({ y: tf.mul(tf.add(product(tf.mul(x!, 0.5), w), b!), 4) }), inputs);
    expect(lines(printGraph(fuseGemm(graph)))).toEqual([
      '%0: float32[2] = Mul(b, c0)',
      '%1: float32[4, 2] = Gemm(x, w, %0, transA=0, transB=0, alpha=2)',
      'output y = %1',
    ]);
  });

  it('keeps a product whose own result is read too', () => {
    const graph = trace(({ x, w, b }) => {
      const y = product(x, w);
      return { y, z: tf.add(y, b!) };
    }, inputs);
    expect(topologicalNodes(fuseGemm(graph)).map(({ op }) => op)).toEqual(['Gemm', 'Add']);
  });

  it('does not take a bias that would broadcast the product', () => {
    const graph = trace(({ x, w, b }) => ({ z: tf.add(product(x, w), tf.reshape(b!, [2, 1, 1])) }), inputs);
    expect(topologicalNodes(fuseGemm(graph)).map(({ op }) => op)).toContain('Add');
  });
});

describe('legalize', () => {
  const batched = trace(({ x, y }) => ({ z: tf.matMul(x!, y!, false, true), m: tf.mean(x!, 1) }), {
    x: { shape: [2, 3, 4] },
    y: { shape: [2, 5, 4] },
  });

  it('writes a transposed batched product in standard operators', () => {
    const nodes = topologicalNodes(legalize(batched, { opset: 17, target: 'standard' }));
    expect(nodes.map(({ op, domain }) => `${domain}${op}`)).toEqual(['Transpose', 'MatMul', 'ReduceMean']);
  });

  it('keeps the fused product for ONNX Runtime', () => {
    const nodes = topologicalNodes(legalize(batched, { opset: 17, target: 'onnxruntime' }));
    expect(nodes.map(({ op, domain }) => `${domain}:${op}`)).toContain('com.microsoft:FusedMatMul');
  });

  it('writes batch normalisation with computed statistics in elementwise operators, for other runtimes than ONNX Runtime', () => {
    const shapes = { x: { shape: [2, 3, 4, 4] }, scale: { shape: [3] }, bias: { shape: [3] } };
    const graph = trace(({ x, scale, bias }) => {
      const { y } = batchNormTrain(x as tf.Tensor4D, scale as tf.Tensor1D, bias as tf.Tensor1D, 1e-5);
      return { y };
    }, shapes);
    const operators = (target: 'standard' | 'onnxruntime') =>
      topologicalNodes(legalize(graph, { opset: 17, target })).map(({ op }) => op);
    expect(operators('onnxruntime')).toContain('BatchNormalization');
    expect(operators('standard')).not.toContain('BatchNormalization');
  });

  it('writes batch normalisation of constants so as well where an operator set has none for inference alone', () => {
    const data = Float32Array.of(1, 2, 3);
    const vectors = Object.fromEntries(
      ['scale', 'bias', 'mean', 'variance'].map((name) => [name, { shape: [3], data }]),
    );
    const graph = trace(
      ({ x, scale, bias, mean, variance }) => ({
        y: batchNormInference(x as tf.Tensor4D, scale!, bias!, mean!, variance!, 1e-5),
      }),
      { x: { shape: [2, 3, 4, 4] }, ...vectors },
    );
    const operators = (opset: number) =>
      topologicalNodes(foldConstants(legalize(graph, { opset, target: 'standard' }))).map(({ op }) => op);
    expect(operators(15)).toEqual(['BatchNormalization']);
    expect(operators(14)).toEqual(['Mul', 'Add']);
  });

  it.each([
    ['onnxruntime', 16, true],
    ['onnxruntime', 15, false],
    ['standard', 17, false],
  ] as const)('max pooling’s gradient for %s, operator set %i: by Indices %s', (target, opset, indices) => {
    const pool = (x: tf.Tensor) => tf.sum(maxPool2d(x as tf.Tensor4D, { kernel: [3, 3], strides: [2, 2] }));
    const graph = trace(({ x }) => ({ dx: tf.grad(pool)(x!) }), { x: { shape: [2, 3, 8, 8] } });
    const nodes = topologicalNodes(legalize(graph, { opset, target }));
    expect(nodes.some(({ op }) => op === 'ScatterElements')).toBe(indices);
    expect(nodes.some(({ op }) => op === 'MaxPool')).toBe(indices);
    expect(nodes.every(({ domain }) => domain === '')).toBe(true);
  });

  it('moves the axes of reductions to an input from opset 18 on', () => {
    const axes = (opset: number) =>
      topologicalNodes(legalize(batched, { opset, target: 'standard' })).find(({ op }) => op === 'ReduceMean')!;
    expect([axes(17).inputs.length, axes(18).inputs.length]).toEqual([1, 2]);
    expect(Object.keys(axes(18).attributes)).toEqual(['keepdims']);
  });
});
