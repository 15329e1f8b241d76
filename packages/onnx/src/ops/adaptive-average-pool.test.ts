import { describe, expect, it } from '@jest/globals';
import './gradients.ts';
import * as tf from '@tensorflow/tfjs-core';
import { compareWithEager } from '../testing/compare-with-eager.ts';
import { finiteDifferences } from '../testing/finite-differences.ts';
import { traceDynamicBatch } from '../trace/dynamic-batch.ts';
import { adaptiveAveragePool2d } from './adaptive-average-pool.ts';

const to =
  (...size: [number, number]) =>
  (x: tf.Tensor) =>
    adaptiveAveragePool2d(x as tf.Tensor4D, size);

describe('adaptiveAveragePool2d', () => {
  compareWithEager([
    { name: 'windows that do not overlap', inputs: [[2, 3, 4, 6]], run: to(2, 3), gradient: true },
    { name: 'windows that do', inputs: [[1, 2, 5, 7]], run: to(3, 6), gradient: true },
    { name: 'more cells than pixels', inputs: [[1, 2, 2, 1]], run: to(3, 3), gradient: true },
    { name: 'the whole plane', inputs: [[2, 2, 3, 5]], run: to(1, 1), gradient: true },
  ]);

  it('takes the means that PyTorch takes', async () => {
    await tf.setBackend('cpu');
    // torch.nn.AdaptiveAvgPool2d((1, 3)) of 0 … 4: means of [0, 1], [1, 2, 3], [3, 4].
    expect(to(1, 3)(tf.tensor([0, 1, 2, 3, 4], [1, 1, 1, 5])).dataSync()).toBeAllclose([0.5, 2, 3.5]);
    expect(to(1, 1)(tf.tensor([1, 2, 3, 6], [1, 1, 2, 2])).dataSync()).toBeAllclose([3]);
  });

  it('has the gradient of its definition', async () => {
    await tf.setBackend('cpu');
    const weights = tf.sin(tf.reshape(tf.range(1, 13), [1, 1, 3, 4]));
    const loss = (x: tf.Tensor) => tf.sum(tf.mul(to(3, 4)(x), weights));
    const x = tf.randomNormal([1, 1, 5, 6], 0, 1, 'float32', 2);
    // It is linear: what remains is rounding of the sum.
    expect(tf.grad(loss)(x).dataSync()).toBeAllclose(finiteDifferences(loss, x, 0.5), { atol: 1e-5 });
  });

  it('leaves the batch open', () => {
    const graph = traceDynamicBatch(({ x }) => ({ y: to(2, 2)(x!) }), { x: { shape: [1, 4, 6, 6] } });
    expect(graph.outputs[0]!.value.shape).toEqual(['batch', 4, 2, 2]);
  });

  it('refuses a size that is none', () => {
    expect(() => to(1.5, 4)(tf.zeros([1, 1, 2, 2]))).toThrow('two positive integers, got [1.5,4]');
  });
});
