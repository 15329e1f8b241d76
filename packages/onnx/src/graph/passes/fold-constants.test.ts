import { describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { encodeModel } from '../../proto/encode.ts';
import { openSession } from '../../session/session.ts';
import { trace } from '../../trace/trace.ts';
import { liveConstants, topologicalNodes } from '../topology.ts';
import type { Graph } from '../value.ts';
import { foldConstants } from './fold-constants.ts';
import { fuseGemm } from './fuse-gemm.ts';

const parameter = (...shape: number[]) => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(shape.length + 3 * i)),
});

const operators = (graph: Graph) => topologicalNodes(graph).map(({ op }) => op);

const constantNames = (graph: Graph) =>
  liveConstants(graph, topologicalNodes(graph)).flatMap(({ source }) =>
    source.kind === 'constant' && source.name ? [source.name] : [],
  );

describe('foldConstants', () => {
  it("joins biases under their layer's name, and parameters under both names", async () => {
    const program = (t: Record<string, tf.Tensor>) => {
      const bias = tf.concat([t['attn.q_bias']!, tf.zeros([2]), t['attn.v_bias']!]);
      const projected = tf.add(tf.matMul(t.x as tf.Tensor2D, t['attn.qkv.weight'] as tf.Tensor2D, false, true), bias);
      return { y: tf.add(projected, tf.add(t['net.token']!, t['net.position']!)) };
    };
    const inputs = {
      'attn.q_bias': parameter(2),
      'attn.v_bias': parameter(2),
      'attn.qkv.weight': parameter(6, 3),
      'net.token': parameter(1, 6),
      'net.position': parameter(2, 6),
    };
    const graph = foldConstants(fuseGemm(trace(program, { x: { shape: [2, 3] }, ...inputs })));
    expect(operators(graph)).toEqual(['Gemm', 'Add']);
    expect(constantNames(graph).sort()).toEqual(['attn.qkv.bias', 'attn.qkv.weight', 'net.token_position'].sort());
    const x = Float32Array.of(1, 2, 3, 4, 5, 6);
    await tf.setBackend('cpu');
    const tensors = Object.entries(inputs).map(([name, { data, shape }]) => [name, tf.tensor(data, shape)] as const);
    const expected = program({ x: tf.tensor(x, [2, 3]), ...Object.fromEntries(tensors) }).y.dataSync();
    const session = await openSession(encodeModel(graph), { threads: 1 });
    const { y } = await session.run({ x: { type: 'float32', dims: [2, 3], data: x } });
    await session.close();
    expect(Array.from(y!.data, Number)).toBeAllclose(expected);
  });

  it('keeps the name of a parameter whose shape alone changes, and says of others that they are folded', () => {
    const graph = foldConstants(
      trace(
        (t) => {
          const flat = tf.reshape(t['a.weight']!, [6, 2]) as tf.Tensor2D;
          const turned = tf.transpose(t['b.weight']!) as tf.Tensor2D;
          return { y: tf.mul(tf.add(tf.matMul(t.x as tf.Tensor2D, flat), turned), tf.reshape(t['b.weight']!, [3, 2])) };
        },
        { x: { shape: [3, 6] }, 'a.weight': parameter(3, 2, 2), 'b.weight': parameter(2, 3) },
      ),
    );
    expect(constantNames(graph).sort()).toEqual(['a.weight', 'b.weight', 'b.weight_folded']);
  });

  it('does not fill a plane that a number stands for', () => {
    const graph = trace(({ x, bias }) => ({ y: tf.add(x!, tf.broadcastTo(bias!, [1 << 12, 1 << 12])) }), {
      x: { shape: [1 << 12, 1 << 12] },
      bias: parameter(1 << 12),
    });
    expect(operators(foldConstants(graph))).toContain('Tile');
  });
});
