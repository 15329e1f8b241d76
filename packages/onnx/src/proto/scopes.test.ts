import { describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { topologicalNodes } from '../graph/topology.ts';
import { trace } from '../trace/trace.ts';
import { nodeScopes } from './scopes.ts';

const square = [4, 4];
const weight = (seed: number) => ({
  shape: square,
  data: Float32Array.from({ length: 16 }, (_, i) => Math.sin(seed + i)),
});

describe('nodeScopes', () => {
  it('places nodes that read no parameter by the modules around them', () => {
    const product = (x: tf.Tensor | undefined, w: tf.Tensor | undefined) =>
      tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D);
    const graph = trace(
      (t) => {
        const prepared = tf.exp(t.x!);
        const corrupted = tf.abs(prepared);
        const stem = product(tf.sin(corrupted), t['net.stem.proj.weight']);
        const hidden = tf.relu(product(stem, t['net.blocks.0.mlp.fc1.weight']));
        const block = tf.sub(product(hidden, t['net.blocks.0.mlp.fc2.weight']), stem);
        const next = product(tf.tanh(block), t['net.blocks.1.mlp.fc1.weight']);
        return { corrupted, y: tf.cos(product(tf.floor(next), t['net.head.weight'])) };
      },
      {
        x: { shape: square },
        'net.stem.proj.weight': weight(1),
        'net.blocks.0.mlp.fc1.weight': weight(2),
        'net.blocks.0.mlp.fc2.weight': weight(3),
        'net.blocks.1.mlp.fc1.weight': weight(4),
        'net.head.weight': weight(5),
      },
    );
    const nodes = topologicalNodes(graph);
    const scopes = nodeScopes(graph, nodes);
    const places = Object.fromEntries(nodes.map((node) => [node.op, scopes.get(node)]));
    expect(places).toMatchObject({
      // Before any module: the output that needs them, or beside the module.
      Exp: '/corrupted',
      Abs: '/corrupted',
      Sin: '/net/stem',
      // Between the layers of a module, and at the end of a block.
      Relu: '/net/blocks/0/mlp',
      Sub: '/net/blocks/0',
      Tanh: '/net/blocks/0',
      Floor: '/net/blocks/1',
      // Behind the last module: the output.
      Cos: '/y',
    });
    const products = nodes.filter(({ op }) => op === 'Gemm').map((node) => scopes.get(node));
    expect(products).toContain('/net/blocks/0/mlp/fc1');
  });
});
