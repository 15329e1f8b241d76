import { describe } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '../../ops/gradients.ts';
import { conv2d } from '../../ops/conv2d.ts';
import { compareWithEager, floats, type KernelCase } from '../../testing/compare-with-eager.ts';

const x4 = (x: tf.Tensor | undefined) => x as tf.Tensor4D;
const sums = { atol: 1e-5, because: 'sums of up to 90 products in another order' };

const conv = (
  name: string,
  x: number[],
  w: number[],
  stride: number,
  pad: 'same' | 'valid' | number,
  dilation = 1,
): KernelCase => ({
  name: `Conv2D ${name}`,
  inputs: [x, w],
  run: (a, b) => tf.conv2d(x4(a), x4(b), stride, pad, 'NHWC', dilation, typeof pad === 'number' ? 'floor' : undefined),
  gradient: dilation === 1,
  tolerance: sums,
});

/** Distinct values: a maximum is unique, so that its gradient is. */
const image = floats(
  [1, 5, 6, 2],
  Array.from({ length: 60 }, (_, i) => ((i * 37) % 60) / 10 - 3),
);

describe('convolution and pooling kernels', () => {
  compareWithEager([
    conv('same', [2, 5, 6, 3], [3, 3, 3, 4], 1, 'same'),
    conv('valid with stride 2', [2, 7, 6, 3], [3, 3, 3, 4], 2, 'valid'),
    conv('same with stride 2 (asymmetric)', [1, 6, 6, 2], [3, 3, 2, 3], 2, 'same'),
    conv('explicit padding', [1, 5, 5, 2], [3, 3, 2, 3], 1, 2),
    conv('dilated', [1, 7, 7, 2], [3, 3, 2, 3], 1, 'same', 2),
    conv('1×1', [2, 4, 4, 3], [1, 1, 3, 5], 1, 'valid'),
    {
      name: 'Conv1D',
      inputs: [
        [2, 8, 3],
        [3, 3, 4],
      ],
      run: (a, b) => tf.conv1d(a as tf.Tensor3D, b as tf.Tensor3D, 1, 'same'),
      gradient: true,
      tolerance: sums,
    },
    {
      name: 'Conv2DBackpropInput as a forward op',
      inputs: [
        [1, 3, 3, 4],
        [3, 3, 2, 4],
      ],
      run: (a, b) => tf.conv2dTranspose(x4(a), x4(b), [1, 6, 6, 2], 2, 'same'),
      gradient: true,
      tolerance: sums,
    },
    {
      name: 'DepthwiseConv2dNative',
      inputs: [
        [2, 5, 5, 3],
        [3, 3, 3, 2],
      ],
      run: (a, b) => tf.depthwiseConv2d(x4(a), x4(b), 1, 'same'),
      gradient: true,
      tolerance: sums,
    },
    {
      name: 'FusedConv2D',
      inputs: [[1, 5, 5, 3], [3, 3, 3, 4], [4]],
      run: (x, filter, bias) =>
        tf.fused.conv2d({ x: x4(x), filter: x4(filter), strides: 1, pad: 'same', bias: bias!, activation: 'relu6' }),
      tolerance: sums,
    },
    {
      name: 'SeparableConv2D',
      inputs: [
        [1, 5, 5, 2],
        [3, 3, 2, 2],
        [1, 1, 4, 3],
      ],
      run: (x, d, p) => tf.separableConv2d(x4(x), x4(d), x4(p), 1, 'same'),
      gradient: true,
      tolerance: sums,
    },
    {
      name: 'ConvNCHW',
      inputs: [
        [2, 4, 6, 5],
        [6, 4, 3, 3],
      ],
      run: (x, w) => conv2d(x4(x), x4(w), { strides: [2, 2], pads: [1, 1, 1, 1] }),
      gradient: true,
      tolerance: sums,
    },
    {
      name: 'ConvNCHW in groups',
      inputs: [
        [2, 4, 6, 5],
        [6, 2, 3, 3],
      ],
      run: (x, w) => conv2d(x4(x), x4(w), { groups: 2, pads: [1, 0, 1, 0] }),
      gradient: true,
      tolerance: sums,
    },
    { name: 'MaxPool', inputs: [image], run: (x) => tf.maxPool(x4(x), 2, 2, 'valid'), gradient: true },
    { name: 'MaxPool same, overlapping', inputs: [image], run: (x) => tf.maxPool(x4(x), 3, 2, 'same'), gradient: true },
    { name: 'AvgPool', inputs: [image], run: (x) => tf.avgPool(x4(x), 2, 2, 'valid'), gradient: true },
    {
      name: 'AvgPool same counts real pixels',
      inputs: [image],
      run: (x) => tf.avgPool(x4(x), 3, 1, 'same'),
      gradient: false,
    },
    {
      name: 'FusedBatchNorm',
      inputs: [[2, 3, 3, 4], [4], floats([4], [0.5, 1, 2, 3]), [4], [4]],
      run: (x, mean, variance, offset, scale) =>
        tf.batchNorm(
          x!,
          mean as tf.Tensor1D,
          variance as tf.Tensor1D,
          offset as tf.Tensor1D,
          scale as tf.Tensor1D,
          1e-3,
        ),
      gradient: true,
      tolerance: sums,
    },
    { name: 'LRN', inputs: [[1, 2, 2, 7]], run: (x) => tf.localResponseNormalization(x4(x), 2, 1, 0.5, 0.5) },
  ]);
});
