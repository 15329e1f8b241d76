import { describe } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '../../ops/gradients.ts';
import { compareWithEager, ints } from '../../testing/compare-with-eager.ts';

const inputs = [[1, 4, 5, 2]];
// TensorFlow.js's gradient of bilinear resizing fails on images that are not square.
const square = [[1, 5, 5, 2]];
const bilinear =
  (size: [number, number], alignCorners = false, halfPixels = false) =>
  (x?: tf.Tensor) =>
    tf.image.resizeBilinear(x as tf.Tensor4D, size, alignCorners, halfPixels);
const nearest =
  (size: [number, number], alignCorners = false, halfPixels = false) =>
  (x?: tf.Tensor) =>
    tf.image.resizeNearestNeighbor(x as tf.Tensor4D, size, alignCorners, halfPixels);

// TensorFlow.js's own gradient ignores half pixels, so only the forward pass is compared there.
describe('resizing kernels', () => {
  compareWithEager([
    { name: 'ResizeBilinear up', inputs: square, run: bilinear([8, 10]), gradient: true },
    { name: 'ResizeBilinear down', inputs: square, run: bilinear([3, 2]), gradient: true },
    { name: 'ResizeBilinear aligned corners', inputs: square, run: bilinear([7, 9], true), gradient: true },
    { name: 'ResizeBilinear half pixels', inputs, run: bilinear([7, 9], false, true) },
    { name: 'ResizeNearestNeighbor up', inputs, run: nearest([8, 10]), gradient: true },
    { name: 'ResizeNearestNeighbor aligned corners', inputs, run: nearest([7, 9], true) },
    { name: 'ResizeNearestNeighbor to the same size', inputs, run: nearest([4, 5]) },
    { name: 'ResizeBilinear of whole numbers', inputs: [ints([1, 2, 2, 1], [0, 10, 20, 30])], run: bilinear([3, 4]) },
    { name: 'ResizeNearestNeighbor half pixels', inputs, run: nearest([6, 3], false, true) },
  ]);
});
