import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import '@mfm/onnx';
import { spillWasm } from './spill-wasm.ts';

const KIB = 1024;

/** Gradients of a stack of products: every layer's value is kept until the way back. */
function gradients(): number[] {
  return tf.tidy(() => {
    const x = tf.reshape(tf.sin(tf.range(0, 64 * 64)), [64, 64]) as tf.Tensor2D;
    const loss = (w: tf.Tensor) => {
      let y: tf.Tensor = x;
      for (let layer = 0; layer < 12; layer++) y = tf.tanh(tf.add(tf.matMul(y as tf.Tensor2D, w as tf.Tensor2D), x));
      return tf.sum(tf.square(y)) as tf.Scalar;
    };
    const w = tf.mul(tf.cos(tf.reshape(tf.range(0, 64 * 64), [64, 64])), 0.1);
    return Array.from(tf.grad(loss)(w).dataSync());
  });
}

describe('spillWasm', () => {
  let freed = 0;
  let made = 0;
  beforeAll(async () => {
    await tf.setBackend('wasm');
    const backend = tf.backend() as BackendWasm;
    // 3 of the 64 × 64 tensors fit.
    spillWasm(backend, 3 * 64 * 64 * 4);
    const { wasm } = backend as unknown as { wasm: { tfjs: Record<string, (...args: number[]) => void> } };
    const [register, dispose] = [wasm.tfjs.registerTensor!, wasm.tfjs.disposeData!];
    wasm.tfjs.registerTensor = (...args) => {
      made++;
      register(...args);
    };
    wasm.tfjs.disposeData = (...args) => {
      freed++;
      dispose(...args);
    };
  });
  afterAll(() => tf.removeBackend('wasm'));

  it('computes what the heap alone computes, and gives everything back', async () => {
    await tf.setBackend('cpu');
    const expected = gradients();
    await tf.setBackend('wasm');
    const before = tf.memory().numDataBuffers;
    const actual = gradients();
    const largest = Math.max(...expected.map(Math.abs));
    expect(Math.max(...actual.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(1e-5 * largest);
    expect(tf.memory().numDataBuffers).toBe(before);
    // Many moved: far more were registered than tensors exist, and all of them freed.
    expect(made).toBeGreaterThan(100);
    expect(freed).toBe(made);
  });

  it('returns every value as it was, however long ago it was used', () => {
    const tensors = [...Array(20).keys()].map((i) => tf.fill([4 * KIB], i));
    const sum = tf.addN(tensors.slice(0, 2));
    expect(tensors.map((tensor) => tensor.dataSync()[4 * KIB - 1])).toEqual([...Array(20).keys()]);
    expect(sum.dataSync()[0]).toBe(1);
    const clone = tensors[0]!.clone();
    tensors[0]!.dispose();
    expect(clone.dataSync()[7]).toBe(0);
    tf.dispose([...tensors, sum, clone]);
  });

  it('refuses a backend that holds tensors already', () => {
    const held = tf.scalar(1);
    held.dataSync();
    expect(() => spillWasm(tf.backend() as BackendWasm)).toThrow('must not hold tensors');
    held.dispose();
  });
});
