import { describe, expect, it } from '@jest/globals';
import '../../ops/gradients.ts';
import * as tf from '@tensorflow/tfjs-core';
import { trace } from '../../trace/trace.ts';
import { printGraph } from '../print.ts';
import { topologicalNodes } from '../topology.ts';
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

  it('moves the axes of reductions to an input from opset 18 on', () => {
    const axes = (opset: number) =>
      topologicalNodes(legalize(batched, { opset, target: 'standard' })).find(({ op }) => op === 'ReduceMean')!;
    expect([axes(17).inputs.length, axes(18).inputs.length]).toEqual([1, 2]);
    expect(Object.keys(axes(18).attributes)).toEqual(['keepdims']);
  });
});
