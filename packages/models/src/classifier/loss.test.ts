import { beforeAll, describe, expect, it } from '@jest/globals';
import '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import { randomValues } from '../testing/random-values.ts';
import { softTargetCrossEntropy } from './loss.ts';

beforeAll(() => tf.setBackend('cpu'));

const [samples, classes] = [4, 5];
const logits = randomValues('logits', samples * classes).map((value) => 20 * value);
const labels = [3, 0, 4, 0];

/** log softmax in float64, [N][K]. */
const logProbabilities = Array.from({ length: samples }, (_, n) => {
  const row = Array.from(logits.subarray(n * classes, (n + 1) * classes));
  const largest = Math.max(...row);
  const logSum = largest + Math.log(row.reduce((sum, value) => sum + Math.exp(value - largest), 0));
  return row.map((value) => value - logSum);
});

/** 1 − s + s/K on the label, s/K elsewhere. */
const targetsOf = (smoothing: number) =>
  Float32Array.from({ length: samples * classes }, (_, i) => {
    const isLabel = labels[Math.floor(i / classes)] === i % classes;
    return (isLabel ? 1 - smoothing : 0) + smoothing / classes;
  });

const lossOf = (targets: Float32Array) =>
  softTargetCrossEntropy(tf.tensor2d(logits, [samples, classes]), tf.tensor2d(targets, [samples, classes])).dataSync();

describe('softTargetCrossEntropy', () => {
  it('of one-hot labels is the mean negative log-likelihood', () => {
    const expected = -labels.reduce((sum, label, n) => sum + logProbabilities[n]![label]!, 0) / samples;
    expect(lossOf(targetsOf(0))).toBeAllclose([expected]);
  });

  it('of smoothed labels is (1 − s) nll + s · mean over classes of −log p', () => {
    const smoothing = 0.1;
    const losses = labels.map((label, n) => {
      const row = logProbabilities[n]!;
      const mean = row.reduce((sum, value) => sum + value, 0) / classes;
      return -(1 - smoothing) * row[label]! - smoothing * mean;
    });
    const expected = losses.reduce((sum, value) => sum + value, 0) / samples;
    expect(lossOf(targetsOf(smoothing))).toBeAllclose([expected]);
  });

  it('has the gradient (softmax − targets) / N', () => {
    const targets = targetsOf(0.2);
    const gradient = tf.grad((x) => softTargetCrossEntropy(x as tf.Tensor2D, tf.tensor2d(targets, [samples, classes])));
    const expected = logProbabilities.flat().map((value, i) => (Math.exp(value) - targets[i]!) / samples);
    expect(gradient(tf.tensor2d(logits, [samples, classes])).dataSync()).toBeAllclose(expected);
  });
});
