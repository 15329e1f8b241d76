import { describe } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '../../ops/gradients.ts';
import { compareWithEager } from '../../testing/compare-with-eager.ts';

const dilate = (strides: number, padding: 'same' | 'valid', rates: number) => (x?: tf.Tensor, filter?: tf.Tensor) =>
  tf.dilation2d(x as tf.Tensor4D, filter as tf.Tensor3D, strides, padding, rates);

describe('dilation kernels', () => {
  compareWithEager([
    {
      name: 'Dilation2D same with stride 2',
      inputs: [
        [2, 5, 6, 3],
        [3, 2, 3],
      ],
      run: dilate(2, 'same', 1),
    },
    {
      name: 'Dilation2D valid, dilated',
      inputs: [
        [1, 7, 6, 2],
        [2, 2, 2],
      ],
      run: dilate(1, 'valid', 2),
    },
  ]);
});
