import { describe, expect, it } from '@jest/globals';
import './gradients.ts';
import * as tf from '@tensorflow/tfjs-core';
import { printGraph } from '../graph/print.ts';
import { compareWithEager } from '../testing/compare-with-eager.ts';
import { finiteDifferences } from '../testing/finite-differences.ts';
import { traceDynamicBatch } from '../trace/dynamic-batch.ts';
import { resizeBilinear2d } from './resize-bilinear.ts';

const to =
  (...size: [number, number]) =>
  (x: tf.Tensor) =>
    resizeBilinear2d(x as tf.Tensor4D, size);

describe('resizeBilinear2d', () => {
  compareWithEager([
    { name: 'larger', inputs: [[2, 3, 4, 5]], run: to(8, 13), gradient: true },
    { name: 'smaller', inputs: [[1, 2, 9, 6]], run: to(4, 2), gradient: true },
    { name: 'of single pixels', inputs: [[1, 2, 1, 1]], run: to(3, 4), gradient: true },
    { name: 'to the same size', inputs: [[1, 1, 3, 4]], run: to(3, 4), gradient: true },
  ]);

  it('samples pixel centres, the border repeated, as PyTorch with align_corners=False', async () => {
    await tf.setBackend('cpu');
    // torch.nn.functional.interpolate(torch.tensor([[[[0., 4.]]]]), size=(1, 4), mode='bilinear'): positions −0.25, 0.25, 0.75, 1.25.
    expect(to(1, 4)(tf.tensor([0, 4], [1, 1, 1, 2])).dataSync()).toBeAllclose([0, 1, 3, 4]);
    // From 4 to 2: positions 0.5 and 2.5, no antialiasing.
    expect(to(1, 2)(tf.tensor([0, 2, 8, 16], [1, 1, 1, 4])).dataSync()).toBeAllclose([1, 12]);
  });

  it('has the gradient of its definition', async () => {
    await tf.setBackend('cpu');
    const weights = tf.cos(tf.reshape(tf.range(0, 2 * 5 * 7), [1, 2, 5, 7]));
    const loss = (x: tf.Tensor) => tf.sum(tf.mul(to(5, 7)(x), weights));
    const x = tf.randomNormal([1, 2, 3, 4], 0, 1, 'float32', 1);
    // It is linear: what remains is rounding of the sum.
    expect(tf.grad(loss)(x).dataSync()).toBeAllclose(finiteDifferences(loss, x, 0.5), { atol: 1e-5 });
  });

  it('is one Resize with the batch open', () => {
    const graph = traceDynamicBatch(({ x }) => ({ y: to(8, 8)(x!) }), { x: { shape: [1, 4, 2, 2] } });
    expect(printGraph(graph).match(/= [A-Z]\w+\(/g)).toEqual(['= Resize(']);
  });

  it('refuses a size that is none', () => {
    expect(() => to(0, 4)(tf.zeros([1, 1, 2, 2]))).toThrow('two positive integers, got [0,4]');
  });
});
