import { describe, expect, it } from '@jest/globals';
import '../../ops/gradients.ts';
import * as tf from '@tensorflow/tfjs-core';
import { encodeModel } from '../../proto/encode.ts';
import { openSession } from '../../session/session.ts';
import { traceDynamicBatch } from '../../trace/dynamic-batch.ts';
import { topologicalNodes } from '../topology.ts';
import { sinkTransposes } from './sink-transposes.ts';

const x4 = (x: tf.Tensor) => x as tf.Tensor4D;
const weights = (shape: number[]) => {
  const size = shape.reduce((product, length) => product * length, 1);
  return { shape, data: Float32Array.from({ length: size }, (_, i) => 0.5 * Math.sin(1 + 1.3 * i)) };
};

const CASES: { name: string; transposes: number; run: (x: tf.Tensor4D, w: tf.Tensor4D, v: tf.Tensor) => tf.Tensor }[] =
  [
    {
      name: 'elementwise operators, vectors and whole constants between convolutions',
      transposes: 1,
      run(x, w, v) {
        const y = tf.conv2d(x, w, 1, 'same');
        const z = tf.mul(tf.sub(tf.relu(y), v), tf.tensor([[[[1]], [[2]], [[3]], [[4]]]]));
        return tf.mean(tf.conv2d(x4(tf.where(tf.greater(z, 0.25), z, tf.zerosLike(z))), w, 1, 'same'), [1, 2]);
      },
    },
    {
      name: 'padding, slicing, joining and a residual',
      transposes: 1,
      run(x, w) {
        const y = x4(
          tf.pad(tf.conv2d(x, w, 1, 'same'), [
            [0, 0],
            [1, 0],
            [0, 2],
            [0, 0],
          ]),
        );
        const z = tf.concat(
          [tf.slice(y, [0, 1, 0, 0], [-1, 4, 4, -1]), tf.neg(tf.slice(y, [0, 1, 0, 0], [-1, 4, 4, -1]))],
          3,
        );
        return tf.max(tf.add(tf.slice(z, [0, 0, 0, 3], [-1, -1, -1, 3]), tf.conv2d(x, w, 1, 'same')), [1, 2]);
      },
    },
    {
      name: 'a gate of one number a channel',
      transposes: 2,
      run(x, w) {
        const y = tf.conv2d(x, w, 1, 'same');
        return tf.argMax(tf.mul(y, tf.sigmoid(tf.mean(y, [1, 2], true))), 3);
      },
    },
    {
      name: 'a sum of everything',
      transposes: 1,
      run: (x, w) =>
        tf.add(tf.mean(x, [1, 2, 3]), tf.sum(tf.conv2d(tf.slice(x, [0, 0, 0, 0], [1, -1, -1, -1]), w, 1, 'same'))),
    },
    {
      name: 'an output that keeps its order',
      transposes: 2,
      run: (x, w) => tf.relu(tf.conv2d(x, w, 1, 'same')),
    },
  ];

describe('sinkTransposes', () => {
  it.each(CASES.map((row) => [row.name, row] as const))('%s', async (_, { run, transposes }) => {
    const [w, v] = [weights([3, 3, 3, 3]), weights([3])];
    const program = (inputs: Record<string, tf.Tensor>) => ({
      y: run(x4(inputs.x!), inputs.w as tf.Tensor4D, inputs.v!),
    });
    const graph = sinkTransposes(traceDynamicBatch(program, { x: { shape: [1, 4, 4, 3] }, w, v }));
    const isOnData = ({ inputs }: { inputs: readonly ({ source: { kind: string } } | undefined)[] }) =>
      inputs[0]?.source.kind !== 'constant';
    const found = topologicalNodes(graph).filter((node) => node.op === 'Transpose' && isOnData(node));
    expect(found.length).toBeLessThanOrEqual(transposes);
    const data = Float32Array.from({ length: 144 }, (_, i) => Math.sin(1.7 * i));
    await tf.setBackend('cpu');
    const { y: expected } = program({
      x: tf.tensor(data, [3, 4, 4, 3]),
      w: tf.tensor(w.data, w.shape),
      v: tf.tensor(v.data, v.shape),
    });
    const session = await openSession(encodeModel(graph));
    const { y } = await session.run({ x: { type: 'float32', dims: [3, 4, 4, 3], data } });
    await session.close();
    expect(y!.dims).toEqual(expected.shape);
    expect(Array.from(y!.data, Number)).toBeAllclose(expected.dataSync(), { atol: 5e-6, rtol: 1e-5 });
  });
});
