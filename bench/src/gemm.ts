import { encodeModel, openSession, trace } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import { median, timeRuns } from './timing.ts';

/** Side of the square matrices: large enough that ONNX Runtime's Gemm is at its best, small enough for the cache of a core pair. */
const SIDE = 1024;

/** FLOP/s of a bare ONNX Runtime Gemm of square float32 matrices, both operands fed at run time. */
export async function measureGemm(threads: number | undefined, runs = 15): Promise<number> {
  const graph = trace(({ a, b }) => ({ y: tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D) }), {
    a: { shape: [SIDE, SIDE] },
    b: { shape: [SIDE, SIDE] },
  });
  const session = await openSession(encodeModel(graph), threads ? { threads } : {});
  const matrix = () =>
    ({ type: 'float32', dims: [SIDE, SIDE], data: new Float32Array(SIDE * SIDE).fill(0.5) }) as const;
  const [feeds, fetches] = [{ a: matrix(), b: matrix() }, { y: matrix() }];
  const seconds = await timeRuns(() => session.run(feeds, fetches), { warmup: 3, runs });
  await session.close();
  return (2 * SIDE ** 3) / median(seconds);
}
