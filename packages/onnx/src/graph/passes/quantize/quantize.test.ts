import { describe, expect, it } from '@jest/globals';
import '../../../ops/gradients.ts';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { checkModel } from '../../../check/check-model.ts';
import { batchNormInference } from '../../../ops/batch-norm.ts';
import { conv2d } from '../../../ops/conv2d.ts';
import { readModel } from '../../../proto/decode.ts';
import { encodeModel } from '../../../proto/encode.ts';
import { chooseRange, type Range } from '../../../quantization/activation-range.ts';
import { affineUint8, dequantize, quantizeUint8, quantizeWeight, roundHalfEven } from '../../../quantization/affine.ts';
import { observeActivations } from '../../../quantization/calibrate.ts';
import { openSession } from '../../../session/session.ts';
import { traceDynamicBatch } from '../../../trace/dynamic-batch.ts';
import { type InputSpecs, type TensorFunction, trace } from '../../../trace/trace.ts';
import { printGraph } from '../../print.ts';
import { topologicalNodes } from '../../topology.ts';
import type { Graph, Value } from '../../value.ts';
import { foldBatchNorm } from '../fold-batch-norm.ts';
import { foldConstants } from '../fold-constants.ts';
import { fuseGemm } from '../fuse-gemm.ts';
import { legalize } from '../legalize.ts';
import { planQuantization, type QuantizePlanOptions } from './plan.ts';
import { quantizeGraph } from './quantize.ts';

/** Numbers that look random, keyed by a seed. */
const noise = (size: number, seed: number) =>
  Float32Array.from(
    { length: size },
    (_, i) => Math.sin(12.9898 * (i + 1) + 78.233 * seed) * Math.cos(i * 0.37 + seed),
  );

const prepare = async (fn: TensorFunction, inputs: InputSpecs) =>
  foldBatchNorm(foldConstants(legalize(fuseGemm(traceDynamicBatch(fn, inputs)), { opset: 17, target: 'standard' })));

async function run(bytes: Uint8Array, x: Float32Array, dims: number[]): Promise<Float32Array> {
  const session = await openSession(bytes, { threads: 1 });
  try {
    return (await session.run({ x: { type: 'float32', dims, data: x } })).y!.data as Float32Array;
  } finally {
    await session.close();
  }
}

async function quantizeOn(graph: Graph, x: Float32Array, dims: number[], options?: QuantizePlanOptions) {
  const plan = planQuantization(graph, options);
  const feeds = [{ x: { type: 'float32' as const, dims, data: x } }];
  const histograms = await observeActivations(graph, plan.activations, feeds, { threads: 1 });
  const ranges = new Map<Value, Range>(
    plan.activations.map((value, index) => [value, chooseRange(histograms[index]!, 'minmax', 'x')]),
  );
  return { ...quantizeGraph(graph, plan, ranges), plan, ranges };
}

const opsOf = (graph: Graph) => topologicalNodes(graph).map(({ op }) => op);

const LAYER: InputSpecs = {
  x: { shape: [1, 6] },
  'a.weight': { shape: [8, 6], data: noise(48, 1) },
  'a.bias': { shape: [8], data: noise(8, 2) },
};
const layer: TensorFunction = ({ x, 'a.weight': weight, 'a.bias': bias }) => ({
  y: tf.mul(tf.add(tf.matMul(x as tf.Tensor2D, weight as tf.Tensor2D, false, true), bias!), 0.5),
});

describe('quantizeGraph', () => {
  it('computes a layer as integers would, whatever its input', async () => {
    const graph = await prepare(layer, LAYER);
    const rows = 5;
    const { graph: quantized, ranges, plan } = await quantizeOn(graph, noise(rows * 6, 3), [rows, 6]);
    expect(opsOf(quantized).sort()).toEqual(
      ['QuantizeLinear', 'DequantizeLinear', 'DequantizeLinear', 'DequantizeLinear', 'Gemm'].sort(),
    );
    const affine = affineUint8(ranges.get(plan.activations[0]!)!);
    // The factor is in the weight and the bias; the bias is in steps of both scales.
    const weight = quantizeWeight(
      noise(48, 1).map((w) => w * 0.5),
      [8, 6],
      0,
    );
    const bias = noise(8, 2).map((b, n) => {
      const step = Math.fround(weight.scales[n]! * affine.scale);
      return roundHalfEven(Math.fround(b * 0.5) / step) * step;
    });
    const session = await openSession(encodeModel(quantized), { threads: 1 });
    try {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.float({ noNaN: true, min: -3, max: 3 }), { minLength: 6, maxLength: 6 }),
          async (values) => {
            const x = Float32Array.from(values);
            const { y } = await session.run({ x: { type: 'float32', dims: [1, 6], data: x } });
            const expected = Float32Array.from({ length: 8 }, (_, n) => {
              let sum = bias[n]!;
              for (let k = 0; k < 6; k++) {
                sum += dequantize(quantizeUint8(x[k]!, affine), affine) * weight.data[n * 6 + k]! * weight.scales[n]!;
              }
              return sum;
            });
            // Within a step: where x lies between two, one rounding of x / scale may go the other way.
            const step = affine.scale * Math.max(...weight.scales) * 127;
            expect(y!.data as Float32Array).toBeAllclose(expected, { rtol: 1e-5, atol: step * 0.01 + 1e-5 });
          },
        ),
        { numRuns: 60 },
      );
    } finally {
      await session.close();
    }
  });

  it('holds weights as int8 and biases as int32, in valid files of every operator set', async () => {
    const graph = await prepare(layer, LAYER);
    const { graph: quantized, nodes, activations } = await quantizeOn(graph, noise(12, 3), [2, 6]);
    expect([nodes, activations]).toEqual([1, 1]);
    for (const opset of [17, 21]) {
      const bytes = encodeModel(quantized, { opset });
      expect(checkModel(bytes).filter(({ severity }) => severity === 'error')).toEqual([]);
      const constants = topologicalNodes(readModel(bytes).graph)
        .flatMap(({ inputs }) => inputs)
        .flatMap((value) => (value?.source.kind === 'constant' ? [[value.source.name, value.type]] : []));
      expect(constants).toContainEqual(['a.weight_quantized', 'int8']);
      expect(constants).toContainEqual(['a.bias_folded_quantized', 'int32']);
      expect(await run(bytes, noise(12, 3), [2, 6])).toBeAllclose(await run(encodeModel(graph), noise(12, 3), [2, 6]), {
        // 6 products of numbers up to 1, each off by half a step of 1/255 and of 1/127.
        atol: 6 * (1 / 510 + 1 / 254),
      });
    }
  });

  it('keeps a bias that its channel’s weights are too small for', async () => {
    const data = noise(48, 1).map((w, i) => (i < 6 ? 1e-12 * w : w));
    const graph = await prepare(layer, { ...LAYER, 'a.weight': { shape: [8, 6], data } });
    const { graph: quantized } = await quantizeOn(graph, noise(12, 3), [2, 6]);
    const [actual, expected] = [
      await run(encodeModel(quantized), noise(12, 3), [2, 6]),
      await run(encodeModel(graph), noise(12, 3), [2, 6]),
    ];
    expect(actual[0]).toBeCloseTo(expected[0]!, 5);
  });

  it('takes a convolution with its normalisation and ReLU from 8 bits to 8 bits, shortcut included', async () => {
    const channels = 4;
    const vector = (seed: number, offset = 0) => ({
      shape: [channels],
      data: noise(channels, seed).map((v) => Math.abs(v) + offset),
    });
    const convolution: TensorFunction = (inputs) => {
      const { x, 'c.weight': weight, scale, shift, mean, variance } = inputs as Record<string, tf.Tensor>;
      const block = (input: tf.Tensor) =>
        batchNormInference(
          conv2d(input as tf.Tensor4D, weight as tf.Tensor4D, { pads: [1, 1, 1, 1] }),
          scale!,
          shift!,
          mean!,
          variance!,
          1e-5,
        );
      const first = tf.relu(block(x!));
      return { y: tf.relu(tf.add(block(conv2d(first, inputs['d.weight'] as tf.Tensor4D)), first)) };
    };
    const graph = await prepare(convolution, {
      x: { shape: [1, channels, 6, 6] },
      'c.weight': { shape: [channels, channels, 3, 3], data: noise(channels * channels * 9, 1) },
      'd.weight': { shape: [channels, channels, 1, 1], data: noise(channels * channels, 2) },
      ...{ scale: vector(3, 0.5), shift: vector(4), mean: vector(5), variance: vector(6, 0.5) },
    });
    const dims = [2, channels, 6, 6];
    const x = noise(2 * channels * 36, 7);
    const { graph: quantized, ranges } = await quantizeOn(graph, x, dims);
    // The shared weight is folded nowhere, so its normalisations stay; the ReLU's range begins at zero, which makes it a part of the rounding.
    expect([...ranges.values()].some(({ low }) => low === 0)).toBe(true);
    const counts = (op: string) => opsOf(quantized).filter((name) => name === op).length;
    expect(counts('QuantizeLinear')).toBe(ranges.size);
    const [actual, expected] = [await run(encodeModel(quantized), x, dims), await run(encodeModel(graph), x, dims)];
    const greatest = Math.max(...expected);
    // A few hundredths of the range after three quantised layers.
    expect(actual).toBeAllclose(expected, { atol: greatest / 25 });
    expect(checkModel(encodeModel(quantized)).filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('quantises attention’s products if told to, and leaves out what is to be kept', async () => {
    const products: TensorFunction = ({ x, w }) => {
      const rows = tf.reshape(tf.matMul(tf.reshape(x!, [-1, 4]) as tf.Tensor2D, w as tf.Tensor2D), [-1, 3, 4]);
      return { y: tf.matMul(tf.softmax(tf.matMul(rows, rows, false, true)), rows) };
    };
    const graph = await prepare(products, { x: { shape: [1, 3, 4] }, w: { shape: [4, 4], data: noise(16, 1) } });
    const planned = (options?: QuantizePlanOptions) =>
      [...planQuantization(graph, options).nodes.keys()].map(({ op }) => op);
    expect(planned({ attention: true })).toEqual(['Gemm', 'MatMul', 'MatMul']);
    expect(planned()).toEqual(['Gemm']);
    expect(planned({ attention: true, keep: ['w'] })).toEqual(['MatMul', 'MatMul']);
  });

  it('gives two layers that share a weight two names', async () => {
    const graph = await prepare(
      ({ x, w }) => ({ y: tf.matMul(tf.relu(tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D)), w as tf.Tensor2D) }),
      { x: { shape: [1, 70] }, w: { shape: [70, 70], data: noise(4900, 1) } },
    );
    const { graph: quantized } = await quantizeOn(graph, noise(140, 2), [2, 70]);
    const bytes = encodeModel(quantized);
    expect(checkModel(bytes)).toEqual([]);
    await run(bytes, noise(140, 2), [2, 70]);
  });

  it('leaves graphs of other types, and without products, alone', () => {
    const plain = trace(({ x }) => ({ y: tf.add(tf.mul(x!, 2), tf.relu(x!)) }), { x: { shape: [3] } });
    const whole = trace(({ x, w }) => ({ y: tf.mul(x!, w!) }), {
      x: { shape: [3], dtype: 'int32' },
      w: { shape: [3], dtype: 'int32' },
    });
    for (const graph of [plain, whole]) {
      const plan = planQuantization(graph);
      expect(plan.nodes.size).toBe(0);
      expect(printGraph(quantizeGraph(graph, plan, new Map()).graph)).toBe(printGraph(graph));
    }
  });

  it('works on a graph that was read from a file', async () => {
    const bytes = encodeModel(traceDynamicBatch(layer, LAYER));
    const { graph: quantized } = await quantizeOn(foldConstants(readModel(bytes).graph), noise(12, 3), [2, 6]);
    expect(opsOf(quantized)).toContain('QuantizeLinear');
  });
});

describe('foldBatchNorm', () => {
  it('gives the same numbers with a convolution alone', async () => {
    const vector = (seed: number, offset: number) => ({
      shape: [3],
      data: noise(3, seed).map((v) => Math.abs(v) + offset),
    });
    const graph = traceDynamicBatch(
      ({ x, 'conv.weight': weight, scale, shift, mean, variance }) => ({
        y: batchNormInference(conv2d(x as tf.Tensor4D, weight as tf.Tensor4D), scale!, shift!, mean!, variance!, 1e-5),
      }),
      {
        x: { shape: [1, 2, 4, 4] },
        'conv.weight': { shape: [3, 2, 3, 3], data: noise(54, 1) },
        ...{ scale: vector(2, 0.5), shift: vector(3, -0.5), mean: vector(4, 0), variance: vector(5, 0.3) },
      },
    );
    const folded = foldBatchNorm(graph);
    expect(opsOf(folded)).toEqual(['Conv']);
    const names = topologicalNodes(folded)[0]!
      .inputs.slice(1)
      .map((value) => value?.source.kind === 'constant' && value.source.name);
    expect(names).toEqual(['conv.weight', 'conv.bias']);
    const x = noise(64, 6);
    expect(await run(encodeModel(folded), x, [2, 2, 4, 4])).toBeAllclose(
      await run(encodeModel(graph), x, [2, 2, 4, 4]),
      {
        // A sum of 18 products of numbers up to 3, in another order.
        atol: 1e-5,
      },
    );
  });
});
