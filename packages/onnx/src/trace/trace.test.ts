import { describe, expect, it } from '@jest/globals';
import '../ops/gradients.ts';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { printGraph } from '../graph/print.ts';
import { openSession } from '../session/session.ts';
import { trace } from './trace.ts';
import { traceToOnnx } from './trace-to-onnx.ts';

const values = (length: number) => Float32Array.from({ length }, (_, i) => Math.sin(i + 1));

describe('trace', () => {
  it('records a product with its bias and gradient as a readable graph', () => {
    const graph = trace(
      ({ x, w }) => ({ dw: tf.grad((weight) => tf.sum(tf.matMul(x as tf.Tensor2D, weight as tf.Tensor2D)))(w!) }),
      { x: { shape: [2, 3] }, w: { shape: [3, 4] } },
    );
    expect(printGraph(graph)).toMatchInlineSnapshot(`
"input x: float32[2, 3]
input w: float32[3, 4]
c0: float32[2, 4] = 1
%0: float32[3, 4] = Gemm(x, c0, transA=1, transB=0)
output dw = %0"
`);
  });

  it('records the gradient of a ReLU as a product with its positive pixels', () => {
    const graph = trace(({ x }) => ({ dx: tf.grad((v) => tf.sum(tf.square(tf.relu(v))))(x!) }), {
      x: { shape: [2, 3] },
    });
    const operators = printGraph(graph).match(/(?<== )[A-Z]\w+(?=\()/g);
    expect(operators).toEqual(['Relu', 'Mul', 'Greater', 'Cast', 'Mul']);
  });

  it('gives a scalar the rank of an operand that ends in lengths of one', () => {
    const graph = trace(({ w, s }) => ({ y: tf.mul(w!, s!), z: tf.mul(s!, w!) }), {
      w: { shape: [4, 3, 1, 1] },
      s: { shape: [] },
    });
    expect(printGraph(graph)).toContain('float32[1, 1, 1, 1] = Reshape(s');
    const plain = trace(({ w, s }) => ({ y: tf.mul(w!, s!) }), { w: { shape: [4, 3] }, s: { shape: [] } });
    expect(printGraph(plain)).not.toContain('Reshape');
  });

  it('merges equal operators and drops what no output needs', () => {
    const graph = trace(
      ({ x }) => {
        tf.exp(x!);
        return { y: tf.add(tf.sqrt(x!), tf.sqrt(x!)) };
      },
      { x: { shape: [2] } },
    );
    expect(printGraph(graph)).toMatchInlineSnapshot(`
"input x: float32[2]
%0: float32[2] = Sqrt(x)
%1: float32[2] = Add(%0, %0)
output y = %1"
`);
  });

  it('folds what depends on constants alone, and lets it be read', () => {
    const graph = trace(
      ({ x }) => {
        const constant = tf.matMul(tf.ones([2, 3]), tf.ones([3, 2]));
        const [first] = constant.dataSync();
        return { y: tf.add(tf.mul(x!, constant), first!) };
      },
      { x: { shape: [2, 2] } },
    );
    expect(printGraph(graph)).toMatchInlineSnapshot(`
"input x: float32[2, 2]
c0: float32[] = 3
%0: float32[2, 2] = Mul(x, c0)
%1: float32[2, 2] = Add(%0, c0)
output y = %1"
`);
  });

  it('gives tensors from outside back unharmed', async () => {
    await tf.setBackend('cpu');
    const outside = tf.tensor1d([1, 2, 3]);
    trace(({ x }) => ({ y: tf.add(x!, outside) }), { x: { shape: [3] } });
    expect(tf.getBackend()).toBe('cpu');
    expect(Array.from(tf.add(outside, 1).dataSync())).toEqual([2, 3, 4]);
  });

  it('names every missing kernel with its count', () => {
    const program = ({ x }: Record<string, tf.Tensor>) => {
      const diagonal = tf.erf(tf.diag(tf.sum(tf.diag(x!), 0)));
      const whole = tf.cast(x!, 'int32');
      return { y: tf.add(diagonal, tf.cast(tf.bitwiseAnd(whole, whole), 'float32')) };
    };
    expect(() => trace(program, { x: { shape: [4] } })).toThrow(
      /got 2 without: BitwiseAnd \(1×\), Diag \(2×\)\. Add a row/,
    );
    expect(tf.getBackend()).not.toBe('onnx-tracing');
  });

  it('refuses to read a traced value', () => {
    const choose = ({ x }: Record<string, tf.Tensor>) => ({ y: tf.sum(x!).dataSync()[0]! > 0 ? x! : tf.neg(x!) });
    expect(() => trace(choose, { x: { shape: [4] } })).toThrow(/data-dependent control flow.*Use tf\.where/);
  });

  it('shows uint8 inputs to the function as int32 and casts inside the graph', async () => {
    const model = traceToOnnx(({ x }) => ({ y: tf.div(x!, 2) }), { x: { shape: [3], dtype: 'uint8' } });
    const session = await openSession(model);
    expect(session.inputs).toEqual([{ name: 'x', type: 'uint8', shape: [3] }]);
    const { y } = await session.run({ x: { type: 'uint8', dims: [3], data: Uint8Array.of(0, 7, 255) } });
    await session.close();
    expect(Array.from(y!.data, Number)).toEqual([0, 3.5, 127.5]);
  });

  it('passes inputs, constants and repeated values through to outputs', async () => {
    const model = traceToOnnx(({ x }) => ({ same: x!, again: x!, constant: tf.scalar(5) }), { x: { shape: [2] } });
    const session = await openSession(model);
    const result = await session.run({ x: { type: 'float32', dims: [2], data: Float32Array.of(3, 4) } });
    await session.close();
    expect([result.same!.data, result.again!.data, result.constant!.data].map((d) => Array.from(d, Number))).toEqual([
      [3, 4],
      [3, 4],
      [5],
    ]);
  });

  it('converts a LayersModel, and its training gradient', async () => {
    await tf.setBackend('cpu');
    const model = layers.sequential({
      layers: [
        layers.layers.conv2d({ inputShape: [8, 8, 3], filters: 4, kernelSize: 3, activation: 'relu', padding: 'same' }),
        layers.layers.batchNormalization(),
        layers.layers.maxPooling2d({ poolSize: 2 }),
        layers.layers.depthwiseConv2d({ kernelSize: 3, padding: 'same' }),
        layers.layers.globalAveragePooling2d({}),
        layers.layers.dense({ units: 5, activation: 'softmax' }),
      ],
    });
    const data = values(2 * 8 * 8 * 3);
    const input = tf.tensor4d(data, [2, 8, 8, 3]);
    const expected = (model.predict(input) as tf.Tensor).dataSync();
    const session = await openSession(
      traceToOnnx(({ x }) => ({ y: model.predict(x!) as tf.Tensor }), { x: { shape: [2, 8, 8, 3] } }),
    );
    const { y } = await session.run({ x: { type: 'float32', dims: [2, 8, 8, 3], data } });
    await session.close();
    expect(Array.from(y!.data, Number)).toBeAllclose(expected);
    // The model still works where it was: its weights moved back.
    expect((model.predict(input) as tf.Tensor).dataSync()).toBeAllclose(expected);
  });
});
