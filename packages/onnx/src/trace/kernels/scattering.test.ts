import { describe } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '../../ops/gradients.ts';
import { compareWithEager, floats, ints } from '../../testing/compare-with-eager.ts';

describe('scattering kernels', () => {
  compareWithEager([
    { name: 'ScatterNd adds', inputs: [ints([3, 1], [1, 3, 1]), [3, 2]], run: (i, u) => tf.scatterND(i!, u!, [4, 2]) },
    {
      name: 'TensorScatterUpdate replaces',
      inputs: [[4, 2], ints([2, 1], [3, 0]), [2, 2]],
      run: (x, i, u) => tf.tensorScatterUpdate(x!, i!, u!),
    },
    {
      name: 'SparseToDense of rows',
      inputs: [ints([2, 2], [0, 1, 2, 0]), [2], floats([], [0.5])],
      run: (i, v, d) => tf.sparseToDense(i!, v!, [3, 2], d as tf.Scalar),
    },
    {
      name: 'SparseToDense of one value at the positions of a vector',
      inputs: [ints([2], [0, 3]), floats([], [7]), floats([], [-1])],
      run: (i, v, d) => tf.sparseToDense(i!, v!, [5], d as tf.Scalar),
    },
  ]);
});
