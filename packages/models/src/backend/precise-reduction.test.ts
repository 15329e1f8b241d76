import { beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { registerWasmKernels } from './wasm-kernels.ts';

const SHAPE = [3, 5, 4, 2];
const AXES = [undefined, [], [0], [3], [-1], [0, 1], [2, 3], [1], [0, 2], [1, 3], [0, 2, 3], [0, 1, 2, 3]];

describe('registerWasmKernels: sums and means', () => {
  beforeAll(async () => {
    registerWasmKernels();
    await tf.setBackend('wasm');
  });

  it.each(AXES.flatMap((axes) => [[axes, true] as const, [axes, false] as const]))(
    'over axes %j, kept %j: what plain JavaScript gives, in the same shape',
    async (axes, keepDims) => {
      const compute = async (backend: string) => {
        await tf.setBackend(backend);
        const x = tf.reshape(tf.sin(tf.range(0, 120)), SHAPE);
        const results = [tf.sum(x, axes, keepDims), tf.mean(x, axes, keepDims)];
        return Promise.all(results.map(async (r) => ({ shape: r.shape, dtype: r.dtype, values: await r.array() })));
      };
      const [expected, actual] = [await compute('cpu'), await compute('wasm')];
      for (const [i, { shape, dtype, values }] of expected.entries()) {
        expect(actual[i]).toMatchObject({ shape, dtype });
        const flat = (v: unknown) => [v].flat(9) as number[];
        for (const [j, value] of flat(values).entries()) expect(flat(actual[i]!.values)[j]).toBeCloseTo(value, 5);
      }
    },
  );

  it('adds in double precision: a million small numbers beside a large one are not lost', async () => {
    await tf.setBackend('wasm');
    const x = tf.concat([tf.fill([1], 2 ** 24), tf.fill([2 ** 20], 0.5)]);
    expect(tf.sum(x).dataSync()[0]).toBe(2 ** 24 + 2 ** 19);
    const columns = tf.stack([x, x], 1);
    expect(Array.from(tf.sum(columns, 0).dataSync())).toEqual([2 ** 24 + 2 ** 19, 2 ** 24 + 2 ** 19]);
    expect(tf.sum(tf.tensor([1, 2, 3], [3], 'int32')).dtype).toBe('int32');
  });
});
