import { describe } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '../../ops/gradients.ts';
import { bools, compareWithEager, floats, ints } from '../../testing/compare-with-eager.ts';

const whole = [ints([6], [7, -7, 7, -7, 0, 2147483000]), ints([6], [2, 2, -2, -2, 3, 7])];
const quadrants = [floats([6], [1, 1, -1, -1, 2, -3]), floats([6], [1, -1, 1, -1, 0, 0])];
const pair = [floats([4], [1, 2, 2, 3]), floats([4], [2, 2, 1, 3])];

describe('binary kernels', () => {
  compareWithEager([
    {
      name: 'Add broadcasts',
      inputs: [
        [2, 1, 3],
        [4, 1],
      ],
      run: (a, b) => tf.add(a!, b!),
      gradient: true,
    },
    { name: 'Add of a scalar constant', inputs: [[2, 3]], run: (a) => tf.add(a!, 3), gradient: true },
    { name: 'AddN', inputs: [[3], [3], [3]], run: (a, b, c) => tf.addN([a!, b!, c!]), gradient: true },
    { name: 'Atan2 in all quadrants', inputs: quadrants, run: (a, b) => tf.atan2(a!, b!) },
    { name: 'Equal', inputs: pair, run: (a, b) => tf.equal(a!, b!) },
    { name: 'FloorDiv int32', inputs: whole, run: (a, b) => tf.floorDiv(a!, b!) },
    { name: 'FloorDiv float32', inputs: [[5], floats([5], [0.5, -0.7, 2, 3, -4])], run: (a, b) => tf.floorDiv(a!, b!) },
    { name: 'Greater', inputs: pair, run: (a, b) => tf.greater(a!, b!) },
    { name: 'GreaterEqual', inputs: pair, run: (a, b) => tf.greaterEqual(a!, b!) },
    { name: 'Less', inputs: pair, run: (a, b) => tf.less(a!, b!) },
    { name: 'LessEqual', inputs: pair, run: (a, b) => tf.lessEqual(a!, b!) },
    {
      name: 'LogicalAnd',
      inputs: [bools([4], [0, 0, 1, 1]), bools([4], [0, 1, 0, 1])],
      run: (a, b) => tf.logicalAnd(a!, b!),
    },
    {
      name: 'LogicalOr',
      inputs: [bools([4], [0, 0, 1, 1]), bools([4], [0, 1, 0, 1])],
      run: (a, b) => tf.logicalOr(a!, b!),
    },
    {
      name: 'LogicalXor',
      inputs: [bools([4], [0, 0, 1, 1]), bools([4], [0, 1, 0, 1])],
      run: (a, b) => tf.logicalXor(a!, b!),
    },
    { name: 'Maximum', inputs: pair, run: (a, b) => tf.maximum(a!, b!), gradient: true },
    { name: 'Minimum', inputs: pair, run: (a, b) => tf.minimum(a!, b!), gradient: true },
    { name: "Mod int32 has the divisor's sign", inputs: whole, run: (a, b) => tf.mod(a!, b!) },
    {
      name: "Mod float32 has the divisor's sign",
      inputs: [[6], floats([6], [0.7, -0.7, 0.3, -0.3, 1.5, -1.5])],
      run: (a, b) => tf.mod(a!, b!),
    },
    { name: 'Multiply broadcasts', inputs: [[2, 3], [3]], run: (a, b) => tf.mul(a!, b!), gradient: true },
    { name: 'NotEqual', inputs: pair, run: (a, b) => tf.notEqual(a!, b!) },
    { name: 'Pow', inputs: [floats([4], [0.5, 1, 2, 3]), [4]], run: (a, b) => tf.pow(a!, b!), gradient: true },
    { name: 'RealDiv', inputs: [[2, 3], floats([3], [0.5, -1, 4])], run: (a, b) => tf.div(a!, b!), gradient: true },
    {
      name: 'Select',
      inputs: [bools([2, 2], [1, 0, 0, 1]), [2, 2], [2, 2]],
      run: (c, a, b) => tf.where(c!, a!, b!),
      gradient: true,
    },
    {
      name: 'SquaredDifference',
      inputs: [
        [2, 3],
        [2, 3],
      ],
      run: (a, b) => tf.squaredDifference(a!, b!),
      gradient: true,
    },
    {
      name: 'Sub broadcasts',
      inputs: [
        [1, 3],
        [2, 1],
      ],
      run: (a, b) => tf.sub(a!, b!),
      gradient: true,
    },
  ]);
});
