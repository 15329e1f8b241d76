import { describe } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { gelu } from '../../ops/gelu.ts';
import { compareWithEager } from '../../testing/compare-with-eager.ts';
import '../../ops/gradients.ts';
import { layerNorm } from '../../ops/layer-norm.ts';

const t = (x: tf.Tensor | undefined) => x as tf.Tensor2D;

describe('products and normalisation', () => {
  compareWithEager([
    ...([
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ].flatMap(([a, b]) => [
      {
        name: `BatchMatMul of matrices ${a} ${b}`,
        inputs: [a ? [4, 3] : [3, 4], b ? [5, 4] : [4, 5]],
        run: (x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y, a, b),
        gradient: true,
      },
      {
        name: `BatchMatMul in batches ${a} ${b}`,
        inputs: [a ? [2, 3, 4, 3] : [2, 3, 3, 4], b ? [2, 3, 5, 4] : [2, 3, 4, 5]],
        run: (x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y, a, b),
        gradient: true,
      },
    ]) as never[]),
    {
      name: 'BatchMatMul broadcasts',
      inputs: [
        [2, 3, 4],
        [1, 4, 5],
      ],
      run: (x, y) => tf.matMul(x!, y!),
    },
    {
      name: 'BatchMatMul with bias and factors, fused',
      inputs: [[3, 4], [4, 5], [5]],
      run: (x, y, b) => tf.mul(tf.add(tf.matMul(tf.mul(x!, 0.5), y!), b!), 3),
      gradient: true,
    },
    { name: 'Dot', inputs: [[4], [4]], run: (x, y) => tf.dot(x!, y!) },
    {
      name: 'Einsum',
      inputs: [
        [2, 3],
        [3, 4],
      ],
      run: (x, y) => tf.einsum('ij,jk->ki', x!, y!),
    },
    {
      name: '_FusedMatMul',
      inputs: [[3, 4], [4, 5], [5]],
      run: (a, b, bias) => tf.fused.matMul({ a: a!, b: b!, bias: bias!, activation: 'relu' }),
      gradient: true,
    },
    {
      name: 'LayerNormalization',
      inputs: [[2, 3, 8], [8], [8]],
      run: (x, w, b) => layerNorm(x!, w!, b!, 1e-6),
      gradient: true,
      tolerance: { atol: 3e-6, because: 'sums of 24 products in another order' },
    },
    {
      name: 'Gelu',
      inputs: [[3, 5]],
      run: (x) => gelu(x!),
      gradient: true,
      tolerance: { atol: 2e-6, because: "the cpu backend's erf is a polynomial with an absolute error of 1.5e-7" },
    },
    {
      name: 'Gelu between products',
      inputs: [[3, 4], [5, 4], [5], [4, 5]],
      run: (x, w, b, v) => tf.matMul(gelu(tf.add(tf.matMul(t(x), t(w), false, true), b!)), t(v), false, true),
      gradient: true,
      tolerance: { atol: 5e-6, because: "the cpu backend's erf is a polynomial with an absolute error of 1.5e-7" },
    },
  ]);
});
