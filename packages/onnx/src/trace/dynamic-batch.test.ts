import { describe, expect, it } from '@jest/globals';
import '../ops/gradients.ts';
import * as tf from '@tensorflow/tfjs-core';
import { printGraph } from '../graph/print.ts';
import { gelu } from '../ops/gelu.ts';
import { encodeModel } from '../proto/encode.ts';
import { openSession } from '../session/session.ts';
import { traceDynamicBatch } from './dynamic-batch.ts';

const weight = { shape: [4, 3], data: Float32Array.from({ length: 12 }, (_, i) => i / 7) };

describe('traceDynamicBatch', () => {
  it('leaves the batch open through reshapes and runs at any size', async () => {
    const graph = traceDynamicBatch(
      ({ x, w }) => {
        const rows = tf.reshape(x!, [-1, 4]) as tf.Tensor2D;
        return { y: tf.reshape(tf.matMul(rows, w as tf.Tensor2D), [x!.shape[0]!, 2, 3]) };
      },
      { x: { shape: [1, 2, 4] }, w: weight },
    );
    expect(printGraph(graph)).toMatchInlineSnapshot(`
"input x: float32[batch, 2, 4]
c0: int64[2] = -1, 4
w: float32[4, 3] = 0, 0.1428571492433548, 0.2857142984867096, 0.4285714328289032, …
c2: int64[3] = -1, 2, 3
%0: float32[2*batch, 4] = Reshape(x, c0)
%1: float32[2*batch, 3] = Gemm(%0, w, transA=0, transB=0)
%2: float32[batch, 2, 3] = Reshape(%1, c2)
output y = %2"
`);
    const session = await openSession(encodeModel(graph));
    for (const batch of [1, 5]) {
      const { y } = await session.run({
        x: { type: 'float32', dims: [batch, 2, 4], data: new Float32Array(batch * 8).fill(1) },
      });
      expect(y!.dims).toEqual([batch, 2, 3]);
      expect(Number(y!.data[0])).toBeCloseTo((0 + 3 + 6 + 9) / 7, 5);
    }
    await session.close();
  });

  it('goes through all passes with the batch open', async () => {
    const program = ({ x, w }: Record<string, tf.Tensor>) => {
      const batch = x!.shape[0]!;
      const rows = tf.reshape(tf.mul(x!, 0.5), [-1, 4]) as tf.Tensor2D;
      const hidden = gelu(tf.add(tf.matMul(rows, w as tf.Tensor2D), [0.1, 0.2, 0.3]));
      const images = tf.reshape(hidden, [batch, 2, 3]);
      return { y: tf.matMul(images, images, false, true), z: tf.mean(images, 1) };
    };
    const graph = traceDynamicBatch(program, { x: { shape: [1, 2, 4] }, w: weight });
    const data = Float32Array.from({ length: 24 }, (_, i) => Math.sin(i));
    await tf.setBackend('cpu');
    const expected = program({ x: tf.tensor(data, [3, 2, 4]), w: tf.tensor(weight.data, weight.shape) });
    for (const options of [
      { target: 'standard' },
      { target: 'onnxruntime' },
      { target: 'standard', opset: 18 },
    ] as const) {
      const session = await openSession(encodeModel(graph, options));
      const result = await session.run({ x: { type: 'float32', dims: [3, 2, 4], data } });
      await session.close();
      for (const name of ['y', 'z'] as const) {
        expect(Array.from(result[name]!.data, Number)).toBeAllclose(expected[name].dataSync());
      }
    }
  });

  it('gives one row to what is the same for every image, where it broadcasts', async () => {
    const program = ({ x, w }: Record<string, tf.Tensor>) => {
      const batch = x!.shape[0]!;
      const state = tf.tile(tf.tensor([[0.5, -1, 2]]), [batch, 1]);
      const gates = tf.add(tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D), tf.sigmoid(state));
      return { y: tf.mul(gates, tf.add(tf.tile(tf.reshape(tf.slice(w!, 0, 1), [1, 3]), [batch, 1]), state)) };
    };
    const graph = traceDynamicBatch(program, { x: { shape: [1, 4] }, w: weight });
    expect(printGraph(graph)).toContain('int64[2] = 1, 1');
    const data = Float32Array.from({ length: 20 }, (_, i) => Math.sin(i));
    await tf.setBackend('cpu');
    const { y: expected } = program({ x: tf.tensor(data, [5, 4]), w: tf.tensor(weight.data, weight.shape) });
    const session = await openSession(encodeModel(graph));
    const { y } = await session.run({ x: { type: 'float32', dims: [5, 4], data } });
    await session.close();
    expect(Array.from(y!.data, Number)).toBeAllclose(expected!.dataSync());
  });

  it('does not give one row to what would have to be repeated', () => {
    const joined = ({ x }: Record<string, tf.Tensor>) => ({ y: tf.concat([x!, tf.ones([x!.shape[0]!, 2])], 1) });
    expect(() => traceDynamicBatch(joined, { x: { shape: [1, 8] } })).toThrow(/Concat depends on the batch size/);
    const alone = ({ x }: Record<string, tf.Tensor>) => ({ y: x!, z: tf.tile(tf.tensor([[1, 2]]), [x!.shape[0]!, 1]) });
    expect(() => traceDynamicBatch(alone, { x: { shape: [1, 8] } })).toThrow(/output "z" must not be a constant/);
    const rows = ({ x }: Record<string, tf.Tensor>) => ({
      y: tf.add(x!, tf.sigmoid(tf.add(x!.shape[0]!, tf.ones([x!.shape[0]!, 8])))),
    });
    expect(() => traceDynamicBatch(rows, { x: { shape: [1, 8] } })).toThrow(/depends on the batch size/);
  });

  it('names the operator that depends on the batch size otherwise', () => {
    const tiled = ({ x }: Record<string, tf.Tensor>) => ({
      y: tf.add(x!, tf.tile(tf.ones([1, 4]), [x!.shape[0]!, 2])),
    });
    expect(() => traceDynamicBatch(tiled, { x: { shape: [1, 8] } })).not.toThrow();
    const weighted = ({ x }: Record<string, tf.Tensor>) => ({
      y: tf.mul(x!, tf.reshape(tf.range(0, x!.shape[0]!), [-1, 1])),
    });
    expect(() => traceDynamicBatch(weighted, { x: { shape: [1, 8] } })).toThrow(/Mul depends on the batch size/);
    const sized = ({ x }: Record<string, tf.Tensor>) => ({ y: tf.leakyRelu(x!, 1 / x!.shape[0]!) });
    expect(() => traceDynamicBatch(sized, { x: { shape: [1, 8] } })).toThrow(/LeakyRelu .*its attributes differ/);
    const counted = ({ x }: Record<string, tf.Tensor>) => ({ y: tf.neg(x!), n: tf.scalar(x!.shape[0]!) });
    expect(() => traceDynamicBatch(counted, { x: { shape: [1, 8] } })).toThrow(/output "n" must not be a constant/);
  });
});
