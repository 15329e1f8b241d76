import { describe } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '../../ops/gradients.ts';
import { compareWithEager } from '../../testing/compare-with-eager.ts';

const sums = { atol: 5e-6, because: 'sums of 36 products in another order' };
const x5 = (x: tf.Tensor | undefined) => x as tf.Tensor5D;
const volume = [2, 3, 5, 6, 2];

describe('volumetric kernels', () => {
  compareWithEager([
    {
      name: 'Conv3D same with stride 2',
      inputs: [volume, [2, 3, 3, 2, 3]],
      run: (x, w) => tf.conv3d(x5(x), x5(w), 2, 'same'),
      tolerance: sums,
    },
    {
      name: 'Conv3D valid, dilated',
      inputs: [volume, [2, 2, 2, 2, 3]],
      run: (x, w) => tf.conv3d(x5(x), x5(w), 1, 'valid', 'NDHWC', [1, 2, 1]),
      tolerance: sums,
    },
    {
      name: 'Conv3DBackpropInputV2 as a forward op',
      inputs: [volume, [3, 3, 3, 4, 2]],
      run: (x, w) => tf.conv3dTranspose(x5(x), x5(w), [2, 6, 9, 12, 4], 2, 'same'),
      tolerance: sums,
    },
    {
      name: 'Conv3DBackpropInputV2 valid',
      inputs: [volume, [2, 2, 2, 4, 2]],
      run: (x, w) => tf.conv3dTranspose(x5(x), x5(w), [2, 4, 6, 7, 4], 1, 'valid'),
      tolerance: sums,
    },
    { name: 'AvgPool3D', inputs: [volume], run: (x) => tf.avgPool3d(x5(x), 2, [1, 2, 2], 'valid') },
    { name: 'AvgPool3D same counts real voxels', inputs: [volume], run: (x) => tf.avgPool3d(x5(x), 3, 2, 'same') },
    { name: 'MaxPool3D', inputs: [volume], run: (x) => tf.maxPool3d(x5(x), [1, 2, 3], [1, 2, 2], 'same') },
  ]);
});
