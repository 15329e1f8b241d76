import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import { UserError } from '@mfm/cli';
import * as tf from '@tensorflow/tfjs-core';
import { evaluation, type ForwardContext } from '../encoder/encoder.ts';
import { batchNorm } from './batch-norm.ts';

beforeAll(() => tf.setBackend('cpu'));

/** Two images of two channels and two pixels. */
const X = [
  [1, 3, 10, 30],
  [5, 7, -20, 20],
];
const input = () => tf.tensor4d(X.flat(), [2, 2, 1, 2]);
const parameters = () => ({
  'bn.weight': tf.tensor1d([2, 3]),
  'bn.bias': tf.tensor1d([0.5, -1]),
  'bn.running_mean': tf.tensor1d([1, -10]),
  'bn.running_var': tf.tensor1d([4, 100]),
});

describe('batchNorm', () => {
  it('normalises by the batch in training, and tells the running variance of a whole population', () => {
    const context: ForwardContext = { training: true, statistics: {} };
    const y = batchNorm(input(), parameters(), 'bn', context);
    // Means 4 and 10; squares of deviations sum up to 20 and 1400: divided by 4 for y, by 3 for the statistics.
    const [a, b] = [Math.sqrt(5 + 1e-5), Math.sqrt(350 + 1e-5)];
    const expected = [
      [2 * (-3 / a) + 0.5, 2 * (-1 / a) + 0.5, -1, 3 * (20 / b) - 1],
      [2 * (1 / a) + 0.5, 2 * (3 / a) + 0.5, 3 * (-30 / b) - 1, 3 * (10 / b) - 1],
    ];
    expect(y.dataSync()).toBeAllclose(expected.flat());
    expect(Object.keys(context.statistics)).toEqual(['bn.running_mean', 'bn.running_var']);
    expect(context.statistics['bn.running_mean']!.dataSync()).toBeAllclose([0.9 + 0.4, -9 + 1]);
    expect(context.statistics['bn.running_var']!.dataSync()).toBeAllclose([3.6 + 2 / 3, 90 + 140 / 3]);
  });

  it('counts copies of the batch in the unbiased variance, as a batch that holds them', () => {
    const [few, many] = [
      { training: true, statistics: {}, copies: 3 },
      { training: true, statistics: {} },
    ].map((context: ForwardContext) => {
      const x = context.copies ? input() : (tf.concat([input(), input(), input()], 0) as tf.Tensor4D);
      batchNorm(x, parameters(), 'bn', context);
      return context.statistics;
    });
    for (const [name, values] of Object.entries(many!)) {
      expect(few![name]!.dataSync()).toBeAllclose(values.dataSync() as Float32Array);
    }
  });

  it('normalises by the running statistics in evaluation', () => {
    const context = evaluation();
    const y = batchNorm(input(), parameters(), 'bn', context);
    const [a, b] = [Math.sqrt(4 + 1e-5), Math.sqrt(100 + 1e-5)];
    const expected = X.flatMap(([p, q, r, s]) => [
      ...[p!, q!].map((value) => (2 * (value - 1)) / a + 0.5),
      ...[r!, s!].map((value) => (3 * (value + 10)) / b - 1),
    ]);
    expect(y.dataSync()).toBeAllclose(expected);
    expect(context.statistics).toEqual({});
  });

  it('refuses to train on one value per channel', () => {
    const x = tf.ones([1, 2, 1, 1]) as tf.Tensor4D;
    const train = () => batchNorm(x, parameters(), 'bn', { training: true, statistics: {} });
    expect(train).toThrow(UserError);
    expect(train).toThrow(
      /bn must see more than one value per channel in training, got a batch of 1 with maps of 1 × 1/,
    );
  });
});
