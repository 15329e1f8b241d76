import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import '../ops/gradients.ts';
import * as tf from '@tensorflow/tfjs-core';
import { printGraph } from '../graph/print.ts';
import { topologicalNodes } from '../graph/topology.ts';
import { layerNorm } from '../ops/layer-norm.ts';
import { openSession } from '../session/session.ts';
import { trace } from '../trace/trace.ts';
import { readMetadata, readModel } from './decode.ts';
import { encodeModel } from './encode.ts';

const graph = trace(({ x, w }) => ({ y: tf.relu(tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D)) }), {
  x: { shape: [2, 3] },
  w: { shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
});

describe('encodeModel and readModel', () => {
  it('agree on graph, versions and metadata', () => {
    const model = readModel(encodeModel(graph, { opset: 17, metadata: { mean: '0.5', ünïcode: 'ß' } }));
    expect([model.irVersion, model.opsets, model.producer]).toEqual([8, { '': 17 }, 'mfm']);
    expect(model.metadata).toEqual({ mean: '0.5', ünïcode: 'ß' });
    expect(printGraph(model.graph)).toMatchInlineSnapshot(`
"input x: float32[2, 3]
w: float32[3, 2] = 1, 2, 3, 4, …
%0: float32[] = Gemm(x, w, transA=0, transB=0)
%1: float32[] = Relu(%0)
output y = %1"
`);
  });

  it('keeps parameters apart from outputs of the same name', async () => {
    const same = trace(({ x, w }) => ({ w: tf.add(x!, w!) }), {
      x: { shape: [2] },
      w: { shape: [2], data: Float32Array.of(1, 2) },
    });
    const session = await openSession(encodeModel(same));
    const { w } = await session.run({ x: { type: 'float32', dims: [2], data: Float32Array.of(10, 20) } });
    await session.close();
    expect(Array.from(w!.data, Number)).toEqual([11, 22]);
  });

  it('writes every supported operator set so that ONNX Runtime loads it', async () => {
    const reductions = trace(({ x }) => ({ y: tf.add(tf.max(x!, 1), tf.mean(x!, 1)), s: tf.split(x!, 3, 1)[1]! }), {
      x: { shape: [2, 3] },
    });
    for (let opset = 13; opset <= 23; opset++) {
      const session = await openSession(encodeModel(reductions, { opset }));
      const { y } = await session.run({
        x: { type: 'float32', dims: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
      });
      expect(Array.from(y!.data, Number)).toEqual([5, 11]);
      await session.close();
    }
    expect(() => encodeModel(reductions, { opset: 12 })).toThrow('opset must be 13 to 23, got 12');
  });

  it('leaves out optional outputs that nothing reads', () => {
    const normalised = trace(({ x, w }) => ({ y: layerNorm(x!, w!, w!, 1e-6) }), {
      x: { shape: [2, 4] },
      w: { shape: [4] },
    });
    const [before] = topologicalNodes(normalised);
    const [after] = topologicalNodes(readModel(encodeModel(normalised)).graph);
    expect([before!.outputs.length, after!.outputs.length]).toEqual([3, 1]);
  });

  it('reports bytes that are no ONNX file in one line, whatever they are', () => {
    const good = encodeModel(graph);
    expect(() => readMetadata(new Uint8Array(0), 'empty.onnx')).toThrow(
      /"empty\.onnx" must be an ONNX file: it holds no graph\./,
    );
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (position, byte, length) => {
        const broken = good.slice(0, length);
        broken[position % Math.max(1, length)] = byte;
        try {
          readModel(broken);
        } catch (error) {
          expect((error as Error).name).toBe('UserError');
          expect((error as Error).message).not.toContain('\n');
        }
      }),
      { numRuns: 500 },
    );
  });
});
