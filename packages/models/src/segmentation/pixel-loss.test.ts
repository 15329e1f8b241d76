import { beforeAll, describe, expect, it } from '@jest/globals';
// Registers TensorFlow.js's CPU backend and gradients.
import '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import { randomValues } from '../testing/random-values.ts';
import { IGNORE_INDEX, type PixelMean, pixelCrossEntropy } from './pixel-loss.ts';

beforeAll(() => tf.setBackend('cpu'));

const [K, H, W] = [3, 2, 3];
const LABELS = [0, 2, IGNORE_INDEX, 1, 1, 2, IGNORE_INDEX, IGNORE_INDEX, 0, 0, 1, 2];
const logits = () => tf.tensor4d(randomValues('logits', 2 * K * H * W), [2, K, H, W]);
const labels = () => tf.tensor3d(LABELS, [2, H, W], 'int32');

/** Loss and gradient of each logit by their formulas, in double precision. */
function byDefinition(values: ArrayLike<number>, mean: PixelMean) {
  const count = mean === 'all' ? LABELS.length : LABELS.filter((label) => label !== IGNORE_INDEX).length;
  const gradient = new Float64Array(values.length);
  let loss = 0;
  LABELS.forEach((label, pixel) => {
    if (label === IGNORE_INDEX) return;
    const at = (k: number) => (Math.floor(pixel / (H * W)) * K + k) * H * W + (pixel % (H * W));
    const powers = Array.from({ length: K }, (_, k) => Math.exp(values[at(k)]!));
    const sum = powers.reduce((total, power) => total + power, 0);
    loss -= Math.log(powers[label]! / sum) / count;
    for (let k = 0; k < K; k++) gradient[at(k)] = (powers[k]! / sum - (k === label ? 1 : 0)) / count;
  });
  return { loss, gradient };
}

describe('pixelCrossEntropy', () => {
  it.each<PixelMean>(['all', 'labelled'])('leaves ignored pixels out, and divides by %s', (mean) => {
    tf.tidy(() => {
      const x = logits();
      const { value, grad } = tf.valueAndGrad((y) => pixelCrossEntropy(y as tf.Tensor4D, labels(), mean))(x);
      const expected = byDefinition(x.dataSync(), mean);
      expect(value.dataSync()).toBeAllclose([expected.loss]);
      expect(grad.dataSync()).toBeAllclose(expected.gradient);
    });
  });

  it('is zero, with no gradient, where nothing is labelled, and finite for large logits', () => {
    tf.tidy(() => {
      const none = tf.fill([2, H, W], IGNORE_INDEX) as tf.Tensor3D;
      const lossOf = (target: tf.Tensor3D) => (x: tf.Tensor) => pixelCrossEntropy(x as tf.Tensor4D, target, 'labelled');
      const { value, grad } = tf.valueAndGrad(lossOf(none))(logits());
      expect(value.dataSync()).toBeAllclose([0]);
      expect(grad.dataSync().every((number) => number === 0)).toBe(true);
      const large = tf.valueAndGrad(lossOf(labels()))(tf.mul(logits(), 1e4));
      expect(Number.isFinite(large.value.dataSync()[0])).toBe(true);
      expect(large.grad.dataSync().every(Number.isFinite)).toBe(true);
    });
  });
});
