import { describe } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '../../ops/gradients.ts';
import { compareWithEager, floats, ints } from '../../testing/compare-with-eager.ts';

const numbers = ints([2, 4], [0, 3, 3, 1, 2, 2, 5, 0]);
const x2 = (x: tf.Tensor | undefined) => x as tf.Tensor2D;

describe('counting kernels', () => {
  compareWithEager([
    {
      name: 'Bincount with weights',
      inputs: [ints([5], [0, 2, 2, 1, 9]), [5]],
      run: (x, w) => tf.bincount(x as tf.Tensor1D, w as tf.Tensor1D, 4),
    },
    { name: 'DenseBincount', inputs: [numbers], run: (x) => tf.denseBincount(x2(x), [], 4) },
    { name: 'DenseBincount with weights', inputs: [numbers, [2, 4]], run: (x, w) => tf.denseBincount(x2(x), x2(w), 6) },
    { name: 'DenseBincount binary', inputs: [numbers], run: (x) => tf.denseBincount(x2(x), [], 4, true) },
    { name: 'Cumprod', inputs: [[2, 3, 2]], run: (x) => tf.cumprod(x!, 1) },
    { name: 'Cumprod exclusive', inputs: [[2, 4]], run: (x) => tf.cumprod(x!, 1, true) },
    { name: 'Cumprod reversed', inputs: [[4, 2]], run: (x) => tf.cumprod(x!, 0, false, true) },
    {
      name: 'SearchSorted left',
      inputs: [floats([1, 4], [0, 1, 1, 2]), floats([1, 3], [1, -1, 5])],
      run: (s, v) => tf.lowerBound(s!, v!),
    },
    {
      name: 'SearchSorted right',
      inputs: [floats([1, 4], [0, 1, 1, 2]), floats([1, 3], [1, -1, 5])],
      run: (s, v) => tf.upperBound(s!, v!),
    },
  ]);
});
