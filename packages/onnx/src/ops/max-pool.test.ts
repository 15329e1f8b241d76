import { describe, expect, it } from '@jest/globals';
import './gradients.ts';
import * as tf from '@tensorflow/tfjs-core';
import { printGraph } from '../graph/print.ts';
import { compareWithEager, floats, type KernelCase } from '../testing/compare-with-eager.ts';
import { finiteDifferences } from '../testing/finite-differences.ts';
import { traceDynamicBatch } from '../trace/dynamic-batch.ts';
import { type MaxPool2dOptions, maxPool2d } from './max-pool.ts';

const x4 = (x: tf.Tensor | undefined) => x as tf.Tensor4D;
const RESNET: MaxPool2dOptions = { kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] };

/** Values 0, 1, 2 with many zeros, as behind a ReLU: nearly every window holds its maximum several times. */
const tied = (shape: number[]) => {
  const size = shape.reduce((product, length) => product * length, 1);
  return floats(
    shape,
    Array.from({ length: size }, (_, i) => Math.max(0, ((i * 7) % 5) - 2)),
  );
};

const row = (name: string, inputs: KernelCase['inputs'], options: MaxPool2dOptions): KernelCase => ({
  name,
  inputs,
  run: (x) => maxPool2d(x4(x), options),
  gradient: true,
});

describe('maxPool2d, eager and traced, with gradients', () => {
  compareWithEager([
    row('the ResNet stem', [[2, 3, 8, 8]], RESNET),
    row('odd sizes', [[2, 2, 7, 9]], RESNET),
    row('ties', [tied([2, 3, 8, 7])], RESNET),
    row('all equal', [floats([1, 2, 5, 5], new Array(50).fill(0))], RESNET),
    row('negative values beside padding', [floats([1, 1, 2, 2], [-4, -3, -2, -1])], RESNET),
    row('no overlap, rest left out', [tied([1, 2, 5, 7])], { kernel: [2, 2], strides: [2, 2] }),
    row('stride 1', [tied([1, 2, 5, 6])], { kernel: [2, 3], pads: [1, 0, 0, 2] }),
    row('gaps between windows', [[1, 2, 9, 8]], { kernel: [2, 2], strides: [3, 3], pads: [0, 1, 1, 0] }),
    row('a single pixel', [[1, 2, 1, 1]], RESNET),
  ]);
});

describe('maxPool2d', () => {
  it('gives the gradient to the first of equal pixels in row-major order', async () => {
    await tf.setBackend('cpu');
    const x = tf.tensor4d([1, 5, 5, 0, 5, 2, 0, 0, 0], [1, 1, 3, 3]);
    const dx = tf.grad((t: tf.Tensor) => tf.sum(maxPool2d(x4(t), { kernel: [2, 2] })))(x);
    // Windows from the top left: 5 at (0,1) twice, then 5 at (1,1) twice.
    expect(Array.from(dx.dataSync())).toEqual([0, 2, 0, 0, 2, 0, 0, 0, 0]);
  });

  it('has the gradient of its finite differences', async () => {
    await tf.setBackend('cpu');
    const x = tf.tensor(
      Array.from({ length: 60 }, (_, i) => ((i * 37) % 60) / 10 - 3),
      [1, 2, 5, 6],
    );
    const loss = (t: tf.Tensor) => tf.sum(tf.square(maxPool2d(x4(t), RESNET)));
    const expected = finiteDifferences(loss, x);
    // A loss of about 100: float32 leaves 1e-3 of it after the division by 2h.
    expect(tf.grad(loss)(x).dataSync()).toBeAllclose(expected, { rtol: 1e-3, atol: 2e-3 });
  });

  it('is one MaxPool with the batch open', () => {
    const graph = traceDynamicBatch(({ x }) => ({ y: maxPool2d(x4(x), RESNET) }), { x: { shape: [1, 4, 8, 8] } });
    expect(printGraph(graph).match(/= [A-Z]\w+\(/g)).toEqual(['= MaxPool(']);
  });

  it('refuses padding as large as the window, and images smaller than it', () => {
    const x = tf.zeros([1, 1, 4, 4]) as tf.Tensor4D;
    expect(() => maxPool2d(x, { kernel: [2, 2], pads: [2, 0, 0, 0] })).toThrow(/pads must be smaller/);
    expect(() => maxPool2d(x, { kernel: [5, 5] })).toThrow(/must hold a window/);
  });
});
