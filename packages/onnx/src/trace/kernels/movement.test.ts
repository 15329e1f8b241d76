import { describe } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '../../ops/gradients.ts';
import { compareWithEager, ints } from '../../testing/compare-with-eager.ts';

const picks = ints([3], [2, 0, 2]);

describe('movement kernels', () => {
  compareWithEager([
    {
      name: 'BatchToSpaceND',
      inputs: [[4, 2, 2, 1]],
      run: (x) =>
        tf.batchToSpaceND(
          x!,
          [2, 2],
          [
            [0, 1],
            [1, 0],
          ],
        ),
    },
    { name: 'BroadcastTo', inputs: [[1, 3]], run: (x) => tf.broadcastTo(x!, [2, 3]), gradient: true },
    {
      name: 'Concat',
      inputs: [
        [2, 3],
        [2, 2],
      ],
      run: (a, b) => tf.concat([a!, b!], 1),
      gradient: true,
    },
    { name: 'DepthToSpace NHWC', inputs: [[1, 2, 2, 8]], run: (x) => tf.depthToSpace(x as tf.Tensor4D, 2, 'NHWC') },
    { name: 'ExpandDims', inputs: [[2, 3]], run: (x) => tf.expandDims(x!, -1), gradient: true },
    { name: 'Fill meets a traced value', inputs: [[2, 3]], run: (x) => tf.add(x!, tf.fill([2, 3], 2.5)) },
    { name: 'GatherNd', inputs: [[3, 2], ints([2, 2], [2, 1, 0, 0])], run: (x, i) => tf.gatherND(x!, i!) },
    { name: 'GatherV2', inputs: [[3, 4], picks], run: (x, i) => tf.gather(x!, i as tf.Tensor1D, 1), gradient: true },
    {
      name: 'GatherV2 with batch dimensions',
      inputs: [[2, 3, 2], ints([2, 2], [2, 0, 1, 1])],
      run: (x, i) => tf.gather(x!, i as tf.Tensor2D, 1, 1),
    },
    {
      name: 'MirrorPad reflect',
      inputs: [[3, 4]],
      run: (x) =>
        tf.mirrorPad(
          x!,
          [
            [1, 1],
            [2, 0],
          ],
          'reflect',
        ),
    },
    {
      name: 'MirrorPad symmetric',
      inputs: [[3, 4]],
      run: (x) =>
        tf.mirrorPad(
          x!,
          [
            [1, 1],
            [2, 0],
          ],
          'symmetric',
        ),
    },
    {
      name: 'OneHot with a negative index',
      inputs: [ints([4], [2, 0, -1, 1])],
      run: (x) => tf.oneHot(x!, 3, 0.9, 0.1, 'float32'),
    },
    {
      name: 'Pack',
      inputs: [
        [2, 3],
        [2, 3],
      ],
      run: (a, b) => tf.stack([a!, b!], 1),
      gradient: true,
    },
    {
      name: 'PadV2',
      inputs: [[2, 3]],
      run: (x) =>
        tf.pad(
          x!,
          [
            [1, 0],
            [0, 2],
          ],
          0.5,
        ),
      gradient: true,
    },
    { name: 'Range is a constant', inputs: [[4]], run: (x) => tf.mul(x!, tf.range(0, 4)) },
    { name: 'Reshape', inputs: [[2, 6]], run: (x) => tf.reshape(x!, [3, -1]), gradient: true },
    { name: 'Reverse', inputs: [[2, 3, 4]], run: (x) => tf.reverse(x!, [0, 2]), gradient: true },
    { name: 'Slice', inputs: [[3, 4]], run: (x) => tf.slice(x!, [1, 1], [2, -1]), gradient: true },
    {
      name: 'SpaceToBatchND',
      inputs: [[1, 3, 4, 1]],
      run: (x) =>
        tf.spaceToBatchND(
          x!,
          [2, 2],
          [
            [0, 1],
            [0, 0],
          ],
        ),
      gradient: true,
    },
    { name: 'SplitV', inputs: [[2, 6]], run: (x) => tf.split(x!, [1, 2, 3], 1), gradient: true },
    { name: 'StridedSlice backwards', inputs: [[5, 4]], run: (x) => tf.stridedSlice(x!, [4, 0], [0, 4], [-2, 3]) },
    {
      name: 'StridedSlice with masks',
      inputs: [[3, 4, 2]],
      run: (x) => tf.stridedSlice(x!, [1, 1, 0], [2, 3, 2], [1, 1, 1], 0, 0, 0, 0, 1),
    },
    { name: 'Tile', inputs: [[2, 3]], run: (x) => tf.tile(x!, [2, 1]), gradient: true },
    { name: 'Transpose', inputs: [[2, 3, 4]], run: (x) => tf.transpose(x!, [2, 0, 1]), gradient: true },
    { name: 'Transpose of unit axes', inputs: [[1, 3, 1]], run: (x) => tf.transpose(x!, [2, 1, 0]), gradient: true },
    { name: 'Unpack', inputs: [[3, 2]], run: (x) => tf.unstack(x!, 0), gradient: true },
    // TensorFlow.js itself fails in the gradient of an unpacked axis of length one.
    { name: 'Unpack of one', inputs: [[1, 2]], run: (x) => tf.unstack(x!, 0) },
  ]);
});
