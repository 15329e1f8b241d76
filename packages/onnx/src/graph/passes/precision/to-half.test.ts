import { describe, expect, it } from '@jest/globals';
import '../../../ops/gradients.ts';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { gelu } from '../../../ops/gelu.ts';
import { layerNorm } from '../../../ops/layer-norm.ts';
import { readModel } from '../../../proto/decode.ts';
import { encodeModel } from '../../../proto/encode.ts';
import { openSession } from '../../../session/session.ts';
import { traceDynamicBatch } from '../../../trace/dynamic-batch.ts';
import { type InputSpecs, type TensorFunction, trace } from '../../../trace/trace.ts';
import { GraphBuilder } from '../../builder.ts';
import { fromFloat16 } from '../../float16.ts';
import { printGraph } from '../../print.ts';
import { topologicalNodes } from '../../topology.ts';
import type { ElementType, Graph, Value } from '../../value.ts';
import { isFourierMatrix } from '../fourier-matrix.ts';
import { toHalf } from './to-half.ts';

/** Numbers of a normal distribution, keyed by a seed. */
function normal(size: number, seed: number, deviation = 1): Float32Array {
  let state = seed * 2654435761 + 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 1) / 2 ** 32;
  };
  return Float32Array.from(
    { length: size },
    () => deviation * Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next()),
  );
}

const [LENGTH, WIDTH] = [6, 16];
const weights = (name: string, shape: number[], seed: number): InputSpecs => ({
  [name]: {
    shape,
    data: normal(
      shape.reduce((a, b) => a * b, 1),
      seed,
      1 / Math.sqrt(shape.at(-1)!),
    ),
  },
});
const BLOCK_INPUTS: InputSpecs = {
  x: { shape: [1, LENGTH, WIDTH] },
  ...weights('qkv.weight', [3 * WIDTH, WIDTH], 1),
  ...weights('up.weight', [2 * WIDTH, WIDTH], 2),
  ...weights('down.weight', [WIDTH, 2 * WIDTH], 3),
  ...weights('norm.weight', [WIDTH], 4),
  ...weights('norm.bias', [WIDTH], 5),
};

/** A transformer block with one head. */
const block: TensorFunction = (inputs) => {
  const { x, 'norm.weight': scale, 'norm.bias': shift } = inputs as Record<string, tf.Tensor>;
  const product = (rows: tf.Tensor, name: string) =>
    tf.matMul(rows as tf.Tensor2D, inputs[name] as tf.Tensor2D, false, true);
  const batch = x!.shape[0]!;
  const rows = (t: tf.Tensor, width: number) => tf.reshape(t, [batch * LENGTH, width]);
  const [q, k, v] = tf.split(
    tf.reshape(product(rows(layerNorm(x!, scale!, shift!, 1e-6), WIDTH), 'qkv.weight'), [batch, LENGTH, 3 * WIDTH]),
    3,
    2,
  ) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const attention = tf.softmax(tf.mul(tf.matMul(q, k, false, true), WIDTH ** -0.5));
  const y = tf.add(rows(x!, WIDTH), rows(tf.matMul(attention, v), WIDTH));
  const hidden = gelu(product(layerNorm(y, scale!, shift!, 1e-6), 'up.weight'));
  return { y: tf.reshape(tf.add(y, product(hidden, 'down.weight')), [batch, LENGTH, WIDTH]) };
};

const run = async (graph: Graph, x: Float32Array, dims: number[]) => {
  const session = await openSession(encodeModel(graph), { threads: 1 });
  try {
    const { type, dims: shape, data } = (await session.run({ x: { type: 'float32', dims, data: x } })).y!;
    return { type, shape, data: data as Float32Array };
  } finally {
    await session.close();
  }
};

const typesOf = (graph: Graph, op: string): ElementType[] =>
  topologicalNodes(graph)
    .filter((node) => node.op === op)
    .map(({ outputs }) => outputs[0]!.type);

const source = (value: Value | undefined) => (value?.source.kind === 'node' ? value.source.node : undefined);

describe('toHalf', () => {
  const graph = traceDynamicBatch(block, BLOCK_INPUTS);
  const half = toHalf(graph);

  it('computes products in float16, softmax and normalisation in float32, and keeps the interface', async () => {
    expect(
      new Set([...typesOf(half.graph, 'Gemm'), ...typesOf(half.graph, 'FusedMatMul'), ...typesOf(half.graph, 'Erf')]),
    ).toEqual(new Set(['float16']));
    expect(new Set([...typesOf(half.graph, 'Softmax'), ...typesOf(half.graph, 'LayerNormalization')])).toEqual(
      new Set(['float32']),
    );
    const x = normal(2 * LENGTH * WIDTH, 9);
    const [single, reduced] = [await run(graph, x, [2, LENGTH, WIDTH]), await run(half.graph, x, [2, LENGTH, WIDTH])];
    expect([reduced.type, reduced.shape]).toEqual(['float32', [2, LENGTH, WIDTH]]);
    // Some ten roundings to 11 bits of numbers up to 4 on the way.
    expect(reduced.data).toBeAllclose(single.data, { rtol: 4e-3, atol: 8e-3 });
    expect(reduced.data).not.toBeAllclose(single.data, { rtol: 1e-6, atol: 1e-6 });
  });

  it('converts every value once, and never back and forth', () => {
    const casts = topologicalNodes(half.graph).filter(({ op }) => op === 'Cast');
    expect(casts.length).toBe(half.casts);
    expect(new Set(casts.map(({ inputs }) => inputs[0])).size).toBe(casts.length);
    for (const cast of casts) expect(source(cast.inputs[0])?.op).not.toBe('Cast');
    // x to the residual; two norms in and out, softmax in and out, the result.
    expect(casts.length).toBe(1 + 4 + 2 + 1 - 1);
  });

  it('stores weights in half the bytes, and those of normalisations as they are', () => {
    const [before, after] = [encodeModel(graph), encodeModel(half.graph)].map((bytes) => readModel(bytes).graph);
    const sizes = (g: Graph) => {
      const constants = new Map<string, number>();
      for (const { inputs } of topologicalNodes(g))
        for (const value of inputs)
          if (value?.source.kind === 'constant' && value.source.name?.includes('.'))
            constants.set(value.source.name, value.source.data.byteLength);
      return constants;
    };
    const [single, reduced] = [sizes(before!), sizes(after!)];
    for (const [name, bytes] of single)
      expect([name, reduced.get(name)]).toEqual([name, name.startsWith('norm') ? bytes : bytes / 2]);
  });

  it('leaves a Fourier transform and what lies between its products in float32', () => {
    const size = 16;
    const matrix = tf.tensor2d(
      Array.from({ length: size }, (_, x) =>
        Array.from({ length: size }, (_, k) => (k % 2 ? Math.sin : Math.cos)((2 * Math.PI * x * (k >> 1)) / size)),
      ),
    );
    const transform = trace(
      ({ x, mask, w }) => {
        const spectrum = tf.mul(tf.matMul(x as tf.Tensor2D, matrix), mask!);
        return { y: tf.matMul(tf.matMul(spectrum as tf.Tensor2D, matrix, false, true), w as tf.Tensor2D) };
      },
      { x: { shape: [4, size] }, mask: { shape: [4, size] }, w: { shape: [size, 3], data: normal(3 * size, 1) } },
    );
    const reduced = toHalf(transform);
    expect(typesOf(reduced.graph, 'Gemm')).toEqual(['float32', 'float32', 'float16']);
    expect(typesOf(reduced.graph, 'Mul')).toEqual(['float32']);
    expect(reduced.casts).toBe(2);
  });

  it('keeps one float32 weight with one cast where both precisions read it', () => {
    const shared = trace(({ x, w }) => ({ y: tf.add(tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D), tf.softmax(w!)) }), {
      x: { shape: [4, 4] },
      w: { shape: [4, 4], data: normal(16, 1) },
    });
    const { graph: reduced } = toHalf(shared);
    const readers = topologicalNodes(reduced).flatMap(({ op, inputs }) =>
      inputs.filter((value) => value?.source.kind === 'constant').map(() => op),
    );
    expect(readers.sort()).toEqual(['Cast', 'Softmax']);
  });

  it('clamps constants outside of the range, and leaves infinity', () => {
    const data = Float32Array.of(1e-9, -1e-9, 1e6, -1e30, 0, Number.NEGATIVE_INFINITY, 3, -0.1);
    const { graph: reduced, clamped } = toHalf(
      trace(({ x, w }) => ({ y: tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D) }), {
        x: { shape: [1, 2] },
        w: { shape: [2, 4], data },
      }),
    );
    const weight = topologicalNodes(reduced).find(({ op }) => op === 'Gemm')!.inputs[1]!;
    const values = weight.source.kind === 'constant' ? Array.from(weight.source.data as Uint16Array, fromFloat16) : [];
    expect(values).toEqual([2 ** -23, -(2 ** -23), 65504, -65504, 0, Number.NEGATIVE_INFINITY, 3, fromFloat16(0xae66)]);
    expect(clamped).toBe(4);
  });

  it('sums many elements in float32 and few in float16', () => {
    const sums = trace(
      ({ x, w }) => {
        const y = tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D);
        return { long: tf.mean(y, 1), short: tf.sum(y, 0) };
      },
      { x: { shape: [4, 4] }, w: { shape: [4, 100], data: normal(400, 1) } },
    );
    const { graph: reduced } = toHalf(sums);
    expect([typesOf(reduced, 'ReduceMean'), typesOf(reduced, 'ReduceSum')]).toEqual([['float32'], ['float16']]);
  });

  it('leaves graphs of other types alone', () => {
    const types = fc.constantFrom<ElementType>('float64', 'int32', 'int64', 'float16');
    fc.assert(
      fc.property(
        types,
        fc.array(fc.constantFrom('Add', 'Mul', 'Sub'), { minLength: 1, maxLength: 6 }),
        (type, ops) => {
          const g = new GraphBuilder();
          const input = g.input('x', type, [2, 3]);
          const y = ops.reduce(
            (value, op) => g.add(op, [value, input], [value])[0]!,
            g.add('MatMul', [input, g.input('w', type, [3, 3])], [input])[0]!,
          );
          const plain: Graph = { inputs: [input], outputs: [{ name: 'y', value: y }] };
          const reduced = toHalf(plain);
          expect(printGraph(reduced.graph)).toBe(printGraph(plain));
          expect([reduced.halfNodes, reduced.casts]).toEqual([0, 0]);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('isFourierMatrix', () => {
  const constant = (rows: number, columns: number, at: (row: number, column: number) => number): Value => ({
    type: 'float32',
    shape: [rows, columns],
    source: {
      kind: 'constant',
      data: Float32Array.from({ length: rows * columns }, (_, i) => at(Math.floor(i / columns), i % columns)),
    },
  });

  it('knows cosines and sines of any size, scale, frequency order and block form', () => {
    const cases = fc.record({
      rows: fc.integer({ min: 6, max: 40 }),
      scale: fc.double({ min: 0.01, max: 100, noNaN: true }),
      shift: fc.nat(20),
    });
    fc.assert(
      fc.property(cases, ({ rows, scale, shift }) => {
        const angle = (y: number, f: number) => (2 * Math.PI * y * (f + shift)) / rows;
        expect(isFourierMatrix(constant(rows, rows, (y, f) => scale * Math.cos(angle(y, f))))).toBe(true);
        // Real rows: cosine and sine of each frequency up to the highest, whose sine is rounding.
        const half = (y: number, k: number) => (k % 2 ? Math.sin : Math.cos)((2 * Math.PI * y * (k >> 1)) / rows);
        expect(isFourierMatrix(constant(rows, 2 * ((rows >> 1) + 1), half))).toBe(true);
        // [cos | sin] over [−sin | cos], as complex columns are transformed.
        const blocks = (y: number, f: number) => {
          const [re, im] = [Math.cos(angle(y % rows, f % rows)), Math.sin(angle(y % rows, f % rows))];
          return y < rows === f < rows ? re : y < rows ? im : -im;
        };
        expect(isFourierMatrix(constant(2 * rows, 2 * rows, blocks))).toBe(true);
      }),
      { numRuns: 15 },
    );
  });

  it('does not take weights, identities and permutations for one', () => {
    const sizes = fc.record({
      rows: fc.integer({ min: 6, max: 40 }),
      columns: fc.integer({ min: 3, max: 20 }),
      seed: fc.nat(1000),
    });
    fc.assert(
      fc.property(sizes, ({ rows, columns, seed }) => {
        const values = normal(rows * columns, seed);
        expect(isFourierMatrix(constant(rows, columns, (y, x) => values[y * columns + x]!))).toBe(false);
        expect(isFourierMatrix(constant(rows, rows, (y, x) => Number(x === (y + seed) % rows)))).toBe(false);
      }),
      { numRuns: 40 },
    );
  });
});
