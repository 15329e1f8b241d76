import { describe } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '../../ops/gradients.ts';
import { compareWithEager } from '../../testing/compare-with-eager.ts';

const images = [2, 5, 6, 3];

/** Crops of boxes [top, left, bottom, right] relative to the image's last pixel. */
const crop =
  (boxes: [number, number, number, number][], imageOfBox: number[], method: 'bilinear' | 'nearest', fill?: number) =>
  (x: tf.Tensor | undefined) =>
    tf.image.cropAndResize(
      x as tf.Tensor4D,
      tf.tensor2d(boxes),
      tf.tensor1d(imageOfBox, 'int32'),
      [4, 3],
      method,
      fill,
    );

describe('cropping kernels', () => {
  compareWithEager([
    { name: 'CropAndResize bilinear', inputs: [images], run: crop([[0.1, 0.2, 0.9, 0.7]], [1], 'bilinear') },
    { name: 'CropAndResize nearest', inputs: [images], run: crop([[0.1, 0.2, 0.9, 0.7]], [0], 'nearest') },
    {
      name: 'CropAndResize the same of every image',
      inputs: [images],
      run: crop(new Array(2).fill([0.25, 0, 0.75, 1]), [0, 1], 'bilinear'),
    },
    {
      name: 'CropAndResize beyond the border, turned, several of an image',
      inputs: [images],
      run: crop(
        [
          [-0.2, 0, 1.1, 1],
          [1, 1, 0, 0],
        ],
        [1, 1],
        'bilinear',
        0.25,
      ),
    },
  ]);
});
