import { describe, expect, it } from '@jest/globals';
import '../ops/gradients.ts';
import * as tf from '@tensorflow/tfjs-core';
import { topologicalNodes } from '../graph/topology.ts';
import { gelu } from '../ops/gelu.ts';
import { layerNorm } from '../ops/layer-norm.ts';
import { openSession } from '../session/session.ts';
import { trace } from '../trace/trace.ts';
import { readModel } from './decode.ts';
import { encodeModel } from './encode.ts';

const OPSETS = Array.from({ length: 11 }, (_, index) => 13 + index);

const input = (shape: number[]) => ({ shape });
const values = (length: number) => Float32Array.from({ length }, (_, i) => 1.5 * Math.sin(1 + 1.3 * i));

/** What changes between operator sets: reductions, normalisations, GELU, and operators with new definitions. */
const forward = trace(
  ({ x, w, b, image }) => {
    const normalised = layerNorm(x!, w!, b!, 1e-6);
    const pooled = tf.avgPool(tf.maxPool(image as tf.Tensor4D, 2, 1, 'same'), 2, 2, 'valid');
    return {
      gelu: gelu(normalised),
      reductions: tf.addN([tf.max(x!, 1), tf.mean(x!, 1), tf.min(x!, 1), tf.prod(x!, 1), tf.sum(x!, 1)]),
      softmax: tf.softmax(
        tf.pad(x as tf.Tensor2D, [
          [0, 0],
          [1, 2],
        ]),
      ),
      split: tf.split(x!, 2, 1)[1]!,
      resized: tf.image.resizeBilinear(pooled as tf.Tensor4D, [6, 5]),
      chosen: tf.where(tf.greater(x!, 0), tf.relu(x!), tf.pow(tf.abs(x!), 2)),
      cumulated: tf.cumsum(x!, 1),
      mod: tf.mod(x!, 0.7),
    };
  },
  { x: input([3, 4]), w: input([4]), b: input([4]), image: input([1, 4, 6, 2]) },
);

const feeds = Object.fromEntries(
  forward.inputs.map((value) => {
    const dims = value.shape as number[];
    const name = value.source.kind === 'input' ? value.source.name : '';
    return [name, { type: 'float32' as const, dims, data: values(dims.reduce((a, b) => a * b, 1)) }];
  }),
);

async function run(opset: number): Promise<Record<string, number[]>> {
  const session = await openSession(encodeModel(forward, { opset }), { threads: 1 });
  const results = await session.run(feeds);
  await session.close();
  return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, Array.from(data, Number)]));
}

const operators = (opset: number) =>
  topologicalNodes(readModel(encodeModel(forward, { opset })).graph).map(({ op }) => op);

describe('encodeModel at every operator set', () => {
  it.each(OPSETS)('writes what computes the same at opset %d', async (opset) => {
    const [expected, actual] = [await run(17), await run(opset)];
    for (const [name, numbers] of Object.entries(expected)) {
      expect(actual[name]).toBeAllclose(numbers, { rtol: 1e-6, atol: 1e-6 });
    }
  });

  it('uses LayerNormalization from 17 and Gelu from 20 on, and their definitions before', () => {
    for (const opset of OPSETS) {
      const used = operators(opset);
      expect([opset, used.includes('LayerNormalization'), used.includes('Gelu'), used.includes('Erf')]).toEqual([
        opset,
        opset >= 17,
        opset >= 20,
        opset < 20,
      ]);
    }
  });

  it('has the IR version that came with each', () => {
    const versions = OPSETS.map((opset) => readModel(encodeModel(forward, { opset })).irVersion);
    expect(versions).toEqual([7, 7, 8, 8, 8, 8, 9, 9, 10, 10, 11]);
  });

  it('keeps the parts of GELU where the gradient reads them', () => {
    const step = trace(({ x }) => ({ y: gelu(x!), dx: tf.grad((z) => tf.sum(gelu(z)))(x!) }), { x: input([4]) });
    const used = topologicalNodes(readModel(encodeModel(step, { opset: 21 })).graph).map(({ op }) => op);
    expect([used.includes('Erf'), used.includes('Gelu')]).toEqual([true, false]);
  });

  it('says which operator set a scatter needs', () => {
    const scatter = trace(
      ({ x }) => ({ y: tf.unsortedSegmentSum(x as tf.Tensor1D, tf.tensor1d([0, 1, 0, 1], 'int32'), 2) }),
      { x: input([4]) },
    );
    expect(() => encodeModel(scatter, { opset: 15 })).toThrow(/ScatterND with reduction "add" needs opset 16/);
  });
});
