import { describe, expect, it } from '@jest/globals';
import './gradients.ts';
import * as tf from '@tensorflow/tfjs-core';
import { printGraph } from '../graph/print.ts';
import { compareWithEager } from '../testing/compare-with-eager.ts';
import { finiteDifferences } from '../testing/finite-differences.ts';
import { traceDynamicBatch } from '../trace/dynamic-batch.ts';
import { batchNormInference, batchNormTrain } from './batch-norm.ts';

const x4 = (x: tf.Tensor | undefined) => x as tf.Tensor4D;
const sums = { atol: 1e-5, because: 'sums of up to 90 terms in another order' };
const train = (x: tf.Tensor, scale: tf.Tensor, bias: tf.Tensor) => batchNormTrain(x4(x), scale, bias, 1e-5).y;
const inference = (...[x, scale, bias, mean, variance]: tf.Tensor[]) =>
  batchNormInference(x4(x), scale!, bias!, mean!, variance!, 1e-5);

describe('batch normalisation, eager and traced, with gradients', () => {
  compareWithEager([
    { name: 'training', inputs: [[3, 4, 5, 6], [4], [4]], run: train, gradient: true, tolerance: sums },
    { name: 'training, single pixels', inputs: [[5, 3, 1, 1], [3], [3]], run: train, gradient: true, tolerance: sums },
    { name: 'training, one image', inputs: [[1, 3, 4, 7], [3], [3]], run: train, gradient: true, tolerance: sums },
    {
      name: 'statistics',
      inputs: [[3, 4, 5, 6], [4], [4]],
      run: (x, scale, bias) => {
        const { mean, variance } = batchNormTrain(x4(x), scale!, bias!, 1e-5);
        return [mean, variance];
      },
    },
    {
      name: 'inference',
      inputs: [[2, 4, 3, 5], [4], [4]],
      run: (x, scale, bias) => inference(x!, scale!, bias!, tf.tensor([-1, 0, 0.3, 2]), tf.tensor([0.1, 0.5, 1, 3])),
      gradient: true,
      tolerance: sums,
    },
  ]);
});

describe('batchNormTrain', () => {
  const x = tf.tensor(
    Array.from({ length: 2 * 3 * 12 }, (_, i) => Math.sin(1.3 * i) + (i % 3)),
    [2, 3, 3, 4],
  );
  const scale = tf.tensor1d([0.5, -1, 2]);
  const bias = tf.tensor1d([0.1, 0.2, -0.3]);
  const loss = (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor) =>
    tf.sum(tf.mul(tf.square(train(a, b, c)), tf.reshape(tf.cos(tf.range(0, x.size)), x.shape)));

  it('has the gradients of its finite differences', async () => {
    await tf.setBackend('cpu');
    const [dx, dScale, dBias] = tf.grads(loss)([x, scale, bias]) as [tf.Tensor, tf.Tensor, tf.Tensor];
    // A loss of about 10 and h = 1e-2: float32 leaves 1e-4, the third derivative as much.
    const near = { rtol: 1e-3, atol: 2e-3 };
    expect(dx.dataSync()).toBeAllclose(
      finiteDifferences((t) => loss(t, scale, bias), x),
      near,
    );
    expect(dScale.dataSync()).toBeAllclose(
      finiteDifferences((t) => loss(x, t, bias), scale),
      near,
    );
    expect(dBias.dataSync()).toBeAllclose(
      finiteDifferences((t) => loss(x, scale, t), bias),
      near,
    );
  });

  it('gives the mean, the biased variance, and no gradient through them', async () => {
    await tf.setBackend('cpu');
    const { mean, variance } = batchNormTrain(x4(x), scale, bias, 1e-5);
    const expected = tf.moments(x, [0, 2, 3]);
    expect(mean.dataSync()).toBeAllclose(expected.mean.dataSync());
    expect(variance.dataSync()).toBeAllclose(expected.variance.dataSync());
    const statistics = (t: tf.Tensor) => {
      const found = batchNormTrain(x4(t), scale, bias, 1e-5);
      return tf.sum(tf.add(found.mean, found.variance));
    };
    expect(Math.max(...tf.grad(statistics)(x).dataSync().map(Math.abs))).toBe(0);
  });

  it('keeps the variance of a channel whose mean is 3,000 times its deviation', async () => {
    await tf.setBackend('cpu');
    const far = tf.tensor4d([3000, 3001, 3002, 3001], [2, 1, 1, 2]);
    const { y, variance } = batchNormTrain(far, tf.ones([1]), tf.zeros([1]), 0);
    expect(variance.dataSync()[0]).toBe(0.5);
    expect(y.dataSync()).toBeAllclose([-Math.SQRT2, 0, Math.SQRT2, 0]);
  });

  it('refuses vectors of another length than the channels', () => {
    expect(() => batchNormTrain(x4(x), tf.ones([4]), bias, 1e-5)).toThrow(/batchNormTrain: x must be/);
  });
});

describe('batchNormInference', () => {
  it('is one BatchNormalization with the batch open', () => {
    const vector = { shape: [4], data: Float32Array.of(1, 2, 3, 4) };
    const graph = traceDynamicBatch(
      ({ x, scale, bias, mean, variance }) => ({ y: inference(x!, scale!, bias!, mean!, variance!) }),
      { x: { shape: [1, 4, 8, 8] }, scale: vector, bias: vector, mean: vector, variance: vector },
    );
    expect(printGraph(graph).match(/= [A-Z]\w+\(/g)).toEqual(['= BatchNormalization(']);
  });
});
