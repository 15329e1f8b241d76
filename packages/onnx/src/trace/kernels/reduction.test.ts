import { describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '../../ops/gradients.ts';
import { sumOfSquares } from '../../ops/sum-of-squares.ts';
import { encodeModel } from '../../proto/encode.ts';
import { openSession } from '../../session/session.ts';
import { bools, compareWithEager, floats, ints } from '../../testing/compare-with-eager.ts';
import { trace } from '../trace.ts';

const logical = bools([2, 3], [1, 0, 1, 1, 1, 1]);
const segments = ints([4], [2, 0, 2, 5]);

describe('reduction kernels', () => {
  compareWithEager([
    { name: 'All', inputs: [logical], run: (x) => tf.all(x!, 1) },
    { name: 'Any', inputs: [logical], run: (x) => tf.any(x!, [0], true) },
    {
      name: 'ArgMax takes the first of equals',
      inputs: [floats([2, 3], [1, 3, 3, 2, 0, 2])],
      run: (x) => tf.argMax(x!, 1),
    },
    { name: 'ArgMin', inputs: [[3, 4]], run: (x) => tf.argMin(x!, 0) },
    { name: 'Cumsum', inputs: [[2, 4]], run: (x) => tf.cumsum(x!, 1), gradient: true },
    { name: 'Cumsum exclusive reverse', inputs: [[2, 4]], run: (x) => tf.cumsum(x!, 1, true, true), gradient: true },
    { name: 'EuclideanNorm', inputs: [[2, 4]], run: (x) => tf.norm(x!, 'euclidean', 1), gradient: true },
    { name: 'LogSoftmax', inputs: [[3, 4]], run: (x) => tf.logSoftmax(x!), gradient: true },
    { name: 'LogSumExp', inputs: [[3, 4]], run: (x) => tf.logSumExp(x!, 1), gradient: true },
    { name: 'Max', inputs: [[2, 3, 2]], run: (x) => tf.max(x!, [1, 2]), gradient: true },
    { name: 'Mean over all', inputs: [[2, 3]], run: (x) => tf.mean(x!), gradient: true },
    { name: 'Mean keeps dimensions', inputs: [[2, 3, 4]], run: (x) => tf.mean(x!, [0, 2], true), gradient: true },
    { name: 'Min', inputs: [[2, 3]], run: (x) => tf.min(x!, 0), gradient: true },
    { name: 'Moments', inputs: [[4, 3]], run: (x) => Object.values(tf.moments(x!, 0)), gradient: true },
    { name: 'Prod', inputs: [[2, 3]], run: (x) => tf.prod(x!, 1) },
    { name: 'Softmax', inputs: [[3, 4]], run: (x) => tf.softmax(x!), gradient: true },
    { name: 'Sum int32', inputs: [ints([2, 2], [1, 2, 3, 4])], run: (x) => tf.sum(x!, 1) },
    { name: 'Sum of an axis of length one', inputs: [[2, 1, 3]], run: (x) => tf.sum(x!, 1), gradient: true },
    { name: 'Sum over negative axes', inputs: [[2, 3, 4]], run: (x) => tf.sum(x!, [-1, 0]), gradient: true },
    { name: 'SumOfSquares', inputs: [[2, 3, 4]], run: (x) => sumOfSquares(x!) },
    { name: 'TopK', inputs: [[2, 5]], run: (x) => Object.values(tf.topk(x!, 3)) },
    {
      name: 'UnsortedSegmentSum drops ids out of range',
      inputs: [[4, 2], segments],
      run: (x, ids) => tf.unsortedSegmentSum(x!, ids as tf.Tensor1D, 3),
    },
    {
      name: 'SoftmaxCrossEntropy',
      inputs: [[3, 4], floats([3, 4], [1, 0, 0, 0, 0, 0.5, 0.5, 0, 0, 0, 0, 1])],
      run: (x, y) => tf.losses.softmaxCrossEntropy(y!, x!),
      gradient: true,
    },
    {
      name: 'SigmoidCrossEntropy',
      inputs: [[3, 2], floats([3, 2], [1, 0, 0, 1, 1, 1])],
      run: (x, y) => tf.losses.sigmoidCrossEntropy(y!, x!),
      gradient: true,
    },
    {
      name: 'HuberLoss',
      inputs: [
        [3, 2],
        [3, 2],
      ],
      run: (x, y) => tf.losses.huberLoss(y!, x!),
      gradient: true,
    },
  ]);
});

describe('sum of squares', () => {
  it('adds up millions of squares to single precision', async () => {
    const shape = [1200, 1800];
    const data = Float32Array.from({ length: 1200 * 1800 }, (_, i) => Math.sin(i));
    const graph = trace(({ x }) => ({ y: sumOfSquares(x!) }), { x: { shape, dtype: 'float32' } });
    const session = await openSession(encodeModel(graph, { opset: 17 }));
    const { y } = await session.run({ x: { type: 'float32', dims: shape, data } });
    await session.close();
    const exact = data.reduce((sum, value) => sum + value * value, 0);
    expect(Math.abs((y!.data[0] as number) / exact - 1)).toBeLessThan(1e-6);
  });
});
