import { describe, expect, it } from '@jest/globals';
import '../ops/gradients.ts';
import * as tf from '@tensorflow/tfjs-core';
import {
  initializers,
  input,
  layers,
  model as makeModel,
  type SymbolicTensor,
  sequential,
} from '@tensorflow/tfjs-layers';
import { openSession } from '../session/session.ts';
import { traceToOnnx } from './trace-to-onnx.ts';

type Layer = { apply(x: SymbolicTensor | SymbolicTensor[]): unknown };

/** A layer on images [8, 8, 3]. */
const image = (name: string, layer: () => Layer): [string, number[], () => Layer] => [name, [8, 8, 3], layer];
/** A layer on sequences of 6 vectors of 4. */
const sequence = (name: string, layer: () => Layer): [string, number[], () => Layer] => [name, [6, 4], layer];
const kernelInitializer = initializers.glorotNormal({ seed: 1 });

const ROWS: [string, number[], () => Layer][] = [
  image('activation', () => layers.activation({ activation: 'softsign' })),
  image('averagePooling2d', () => layers.averagePooling2d({ poolSize: 3, strides: 2, padding: 'same' })),
  image('batchNormalization', () => layers.batchNormalization()),
  image('conv2d', () => layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: 'same', activation: 'selu' })),
  image('conv2dTranspose', () => layers.conv2dTranspose({ filters: 4, kernelSize: 3, strides: 2, padding: 'same' })),
  image('cropping2D', () =>
    layers.cropping2D({
      cropping: [
        [1, 2],
        [0, 1],
      ],
    }),
  ),
  image('depthwiseConv2d', () => layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 })),
  image('dropout at inference', () => layers.dropout({ rate: 0.5 })),
  image('elu', () => layers.elu()),
  image('flatten', () => layers.flatten()),
  image('globalAveragePooling2d', () => layers.globalAveragePooling2d({})),
  image('globalMaxPooling2d', () => layers.globalMaxPooling2d({})),
  image('layerNormalization', () => layers.layerNormalization()),
  image('leakyReLU', () => layers.leakyReLU({ alpha: 0.2 })),
  image('maxPooling2d', () => layers.maxPooling2d({ poolSize: 2 })),
  image('permute', () => layers.permute({ dims: [3, 1, 2] })),
  image('prelu', () => layers.prelu({ alphaInitializer: 'ones', sharedAxes: [1, 2] })),
  image('reLU', () => layers.reLU({ maxValue: 1 })),
  image('reshape', () => layers.reshape({ targetShape: [16, 12] })),
  image('separableConv2d', () => layers.separableConv2d({ filters: 5, kernelSize: 3 })),
  image('softmax', () => layers.softmax({ axis: -1 })),
  image('thresholdedReLU', () => layers.thresholdedReLU({ theta: 0.3 })),
  image('upSampling2d', () => layers.upSampling2d({ size: [2, 3] })),
  image('zeroPadding2d', () =>
    layers.zeroPadding2d({
      padding: [
        [1, 2],
        [3, 0],
      ],
    }),
  ),
  sequence('averagePooling1d', () => layers.averagePooling1d({ poolSize: 2 })),
  sequence('bidirectional', () =>
    layers.bidirectional({ layer: layers.gru({ units: 3, kernelInitializer }) as never, mergeMode: 'concat' }),
  ),
  sequence('conv1d', () => layers.conv1d({ filters: 5, kernelSize: 3, activation: 'tanh' })),
  sequence('dense', () => layers.dense({ units: 5, activation: 'hardSigmoid' })),
  sequence('globalAveragePooling1d', () => layers.globalAveragePooling1d({})),
  sequence('globalMaxPooling1d', () => layers.globalMaxPooling1d({})),
  sequence('gru', () => layers.gru({ units: 3, returnSequences: true })),
  sequence('lstm', () => layers.lstm({ units: 3 })),
  sequence('maxPooling1d', () => layers.maxPooling1d({ poolSize: 2 })),
  sequence('simpleRNN', () => layers.simpleRNN({ units: 3 })),
  sequence('timeDistributed', () => layers.timeDistributed({ layer: layers.dense({ units: 2 }) as never })),
  ['embedding', [6], () => layers.embedding({ inputDim: 10, outputDim: 4 })],
  ['repeatVector', [4], () => layers.repeatVector({ n: 3 })],
];

async function compare(predict: (x: tf.Tensor) => tf.Tensor, shape: number[], isIndex: boolean): Promise<void> {
  await tf.setBackend('cpu');
  const size = shape.reduce((product, length) => product * length, 1);
  const data = Float32Array.from({ length: size }, (_, i) => (isIndex ? i % 10 : Math.sin(1 + 1.3 * i)));
  const expected = predict(tf.tensor(data, shape));
  const session = await openSession(traceToOnnx(({ x }) => ({ y: predict(x!) }), { x: { shape } }));
  const { y } = await session.run({ x: { type: 'float32', dims: shape, data } });
  await session.close();
  expect(y!.dims).toEqual(expected.shape);
  expect(Array.from(y!.data, Number)).toBeAllclose(expected.dataSync(), { rtol: 1e-4, atol: 1e-5 });
}

describe('layers of tf.layers', () => {
  it.each(ROWS)('%s converts', async (name, shape, make) => {
    await tf.setBackend('cpu');
    const symbol = input({ shape });
    const model = makeModel({ inputs: symbol, outputs: make().apply(symbol) as SymbolicTensor });
    await compare((x) => model.predict(x) as tf.Tensor, [2, ...shape], name === 'embedding');
  });

  it.each([
    ['add', () => layers.add()],
    ['average', () => layers.average()],
    ['concatenate', () => layers.concatenate()],
    ['dot', () => layers.dot({ axes: 1 })],
    ['maximum', () => layers.maximum()],
    ['minimum', () => layers.minimum()],
    ['multiply', () => layers.multiply()],
  ] as [string, () => Layer][])('%s of two branches converts', async (_, make) => {
    await tf.setBackend('cpu');
    const symbol = input({ shape: [5] });
    const branches = [1, 2].map(() => layers.dense({ units: 4 }).apply(symbol) as SymbolicTensor);
    const model = makeModel({ inputs: symbol, outputs: make().apply(branches) as SymbolicTensor });
    await compare((x) => model.predict(x) as tf.Tensor, [3, 5], false);
  });

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
