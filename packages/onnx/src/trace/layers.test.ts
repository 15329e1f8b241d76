import { describe, expect, it } from '@jest/globals';
import '../ops/gradients.ts';
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { openSession } from '../session/session.ts';
import { traceToOnnx } from './trace-to-onnx.ts';

// Every layer alone, at inference, is in packages/export/src/tfjs/layers.test.ts.
describe('tf.layers', () => {
  it('a network trains by a traced step: loss and gradients of all weights', async () => {
    await tf.setBackend('cpu');
    const network = sequential({
      layers: [
        layers.conv2d({ inputShape: [6, 6, 2], filters: 3, kernelSize: 3, activation: 'relu' }),
        layers.maxPooling2d({ poolSize: 2 }),
        layers.flatten(),
        layers.dense({ units: 4 }),
      ],
    });
    const labels = tf.oneHot([1, 3], 4, 1, 0, 'float32');
    const step = ({ x }: Record<string, tf.Tensor>) => {
      const loss = () =>
        tf.losses.softmaxCrossEntropy(labels, network.apply(x!, { training: true }) as tf.Tensor) as tf.Scalar;
      const { value, grads } = tf.variableGrads(loss);
      return { loss: value, ...Object.fromEntries(Object.values(grads).map((grad, i) => [`grad${i}`, grad])) };
    };
    const data = Float32Array.from({ length: 144 }, (_, i) => Math.sin(i));
    const expected: Record<string, tf.Tensor> = step({ x: tf.tensor(data, [2, 6, 6, 2]) });
    const session = await openSession(traceToOnnx(step, { x: { shape: [2, 6, 6, 2] } }));
    const result = await session.run({ x: { type: 'float32', dims: [2, 6, 6, 2], data } });
    await session.close();
    expect(Object.keys(result).length).toBe(5);
    for (const [name, tensor] of Object.entries(expected)) {
      expect(Array.from(result[name]!.data, Number)).toBeAllclose(tensor.dataSync(), { rtol: 1e-5, atol: 1e-5 });
    }
  });
});
