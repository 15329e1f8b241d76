import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import { buildClassifier, type ClassifierConfig, evaluation, softTargetCrossEntropy } from '@mfm/models';
import { type HostTensors, type OnnxSession, openSession } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import { exportModel } from '../export-model.ts';
import { initialModel } from '../model-source.ts';
import { enlarged, TINY_CLASSIFIERS } from '../testing/tiny-models.ts';

beforeAll(() => tf.setBackend('cpu'));

const LABELS = [3, 0, 4];

/** Made-up normalised pixels, [N, 3, side, side]. */
const picturesOf = ({ imageSize }: ClassifierConfig, count: number): Float32Array =>
  Float32Array.from({ length: count * 3 * imageSize ** 2 }, (_, i) => Math.sin(0.11 * i) + 0.5 * Math.sin(i * i));

async function run(session: OnnxSession, imageSize: number, pixels: Float32Array, labels: readonly number[]) {
  const feeds: HostTensors = {
    pixel_values: { type: 'float32', dims: [labels.length, 3, imageSize, imageSize], data: pixels },
    labels: { type: 'int64', dims: [labels.length], data: BigInt64Array.from(labels, BigInt) },
  };
  const results = await session.run(feeds);
  const [logits, loss, gradient] = ['logits', 'loss', 'gradient'].map((name) => results[name]!.data as Float32Array);
  return { logits: logits!, loss: loss!, gradient: gradient! };
}

describe.each(TINY_CLASSIFIERS)('the gradient head of a %s', (_, config) => {
  const { imageSize, numClasses } = config;
  const size = 3 * imageSize ** 2;
  const model = config.encoder.type === 'resnet' ? initialModel(config, 3) : enlarged(initialModel(config, 3));
  const pixels = picturesOf(config, LABELS.length);
  let session: OnnxSession;
  beforeAll(async () => {
    const { bytes, parity } = await exportModel(model, { head: 'gradient' });
    expect(parity.outputs.map(({ output }) => output)).toEqual(['logits', 'loss', 'gradient']);
    session = await openSession(bytes);
  });

  it('is the gradient of TensorFlow.js, at any batch size and independent of the batch', async () => {
    const shapes = [...session.inputs, ...session.outputs].map(({ name, shape }) => [name, ...shape]);
    const image = ['batch', 3, imageSize, imageSize];
    expect(shapes).toEqual([
      ['pixel_values', ...image],
      ['labels', 'batch'],
      ['logits', 'batch', numClasses],
      ['loss', 'batch'],
      ['gradient', ...image],
    ]);
    const together = await run(session, imageSize, pixels, LABELS);
    const { logits } = buildClassifier(config);
    const parameters = Object.fromEntries(
      Object.entries(model.parameters).map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]),
    );
    for (const [index, label] of LABELS.entries()) {
      const own = pixels.subarray(index * size, (index + 1) * size);
      const { value, grad } = tf.valueAndGrad((x) =>
        softTargetCrossEntropy(
          logits(parameters, x as tf.Tensor4D, evaluation()),
          tf.oneHot([label], numClasses) as tf.Tensor2D,
        ),
      )(tf.tensor4d(own, [1, 3, imageSize, imageSize]));
      const expected = grad.dataSync();
      const largest = Math.max(...expected.map(Math.abs));
      expect(largest).toBeGreaterThan(1e-5);
      // Sums in another order; sizes of gradients differ from model to model.
      const tolerance = { rtol: 1e-5, atol: 1e-5 * largest };
      expect(together.gradient.subarray(index * size, (index + 1) * size)).toBeAllclose(expected, tolerance);
      expect([together.loss[index]!]).toBeAllclose(value.dataSync());
      const alone = await run(session, imageSize, own, [label]);
      expect(alone.gradient).toBeAllclose(expected, tolerance);
    }
  });

  it('says how much the loss changes', async () => {
    const { gradient } = await run(session, imageSize, pixels, LABELS);
    const direction = picturesOf(config, LABELS.length).map((_, i) => Math.sign(gradient[i]!));
    const step = 5e-4;
    const moved = (by: number) => pixels.map((value, i) => value + by * direction[i]!);
    const [above, below] = [
      await run(session, imageSize, moved(step), LABELS),
      await run(session, imageSize, moved(-step), LABELS),
    ];
    for (const index of LABELS.keys()) {
      const slope = gradient
        .subarray(index * size, (index + 1) * size)
        .reduce((sum, value) => sum + Math.abs(value), 0);
      // Rounding of the losses counts 1e-7 / step, and on a longer way units of a ReLU switch.
      expect([(above.loss[index]! - below.loss[index]!) / (2 * step)]).toBeAllclose([slope], {
        rtol: 2e-2,
        atol: 1e-4,
      });
    }
  });

  it('counts a label that is no class for nothing', async () => {
    const { loss, gradient } = await run(session, imageSize, pixels, [3, -1, numClasses]);
    expect(loss[0]).toBeGreaterThan(0);
    expect(Array.from(loss.subarray(1))).toEqual([0, 0]);
    expect(gradient.subarray(size).every((value) => value === 0)).toBe(true);
    await session.close();
  });
});
