import { describe } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '../../ops/gradients.ts';
import { bools, compareWithEager, floats, ints } from '../../testing/compare-with-eager.ts';

const positive = floats([5], [0.1, 0.5, 1, 2, 7.25]);
const unit = floats([5], [-0.9, -0.3, 0.05, 0.4, 0.95]);
const tiny = floats([6], [-1e-6, 1e-7, 3e-5, -0.4, 2, 0]);
const special = floats([5], [Number.NaN, Infinity, -Infinity, 0, 1]);
const ties = floats([8], [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.4, -2.6]);
/** The cpu backend's erf is a polynomial with an error of 1.5e-7, ONNX Runtime's is exact to rounding. */
const erf = { atol: 1e-6, because: "the cpu backend's erf is a polynomial with an absolute error of 1.5e-7" };

describe('unary kernels', () => {
  compareWithEager([
    { name: 'Abs', inputs: [[2, 3]], run: (x) => tf.abs(x!), gradient: true },
    { name: 'Abs int32', inputs: [ints([3], [-2, 0, 5])], run: (x) => tf.abs(x!) },
    { name: 'Acos', inputs: [unit], run: (x) => tf.acos(x!), gradient: true },
    { name: 'Acosh', inputs: [floats([3], [1.1, 2, 9])], run: (x) => tf.acosh(x!) },
    { name: 'Asin', inputs: [unit], run: (x) => tf.asin(x!), gradient: true },
    { name: 'Asinh', inputs: [unit], run: (x) => tf.asinh(x!), gradient: true },
    { name: 'Atan', inputs: [[4]], run: (x) => tf.atan(x!), gradient: true },
    { name: 'Atanh', inputs: [unit], run: (x) => tf.atanh(x!), gradient: true },
    { name: 'Cast to int32', inputs: [[5]], run: (x) => tf.cast(x!, 'int32') },
    { name: 'Cast to bool', inputs: [floats([3], [0, 0.5, -2])], run: (x) => tf.cast(x!, 'bool') },
    { name: 'Cast bool to float32', inputs: [bools([3], [0, 1, 1])], run: (x) => tf.cast(x!, 'float32') },
    { name: 'Ceil', inputs: [ties], run: (x) => tf.ceil(x!), gradient: true },
    { name: 'ClipByValue', inputs: [[2, 4]], run: (x) => tf.clipByValue(x!, -0.5, 1), gradient: true },
    { name: 'Cos', inputs: [[4]], run: (x) => tf.cos(x!), gradient: true },
    { name: 'Cosh', inputs: [[4]], run: (x) => tf.cosh(x!), gradient: true },
    { name: 'Elu', inputs: [[5]], run: (x) => tf.elu(x!), gradient: true },
    { name: 'Erf', inputs: [[6]], run: (x) => tf.erf(x!), gradient: true, tolerance: erf },
    { name: 'Exp', inputs: [[4]], run: (x) => tf.exp(x!), gradient: true },
    {
      name: 'Expm1 near zero',
      inputs: [tiny],
      run: (x) => tf.expm1(x!),
      tolerance: { atol: 1e-9, because: 'tighter: small values' },
    },
    { name: 'Floor', inputs: [ties], run: (x) => tf.floor(x!), gradient: true },
    { name: 'IsFinite', inputs: [special], run: (x) => tf.isFinite(x!) },
    { name: 'IsInf', inputs: [special], run: (x) => tf.isInf(x!) },
    { name: 'IsNan', inputs: [special], run: (x) => tf.isNaN(x!) },
    { name: 'LeakyRelu', inputs: [[5]], run: (x) => tf.leakyRelu(x!, 0.3), gradient: true },
    { name: 'Log', inputs: [positive], run: (x) => tf.log(x!), gradient: true },
    {
      name: 'Log1p near zero',
      inputs: [tiny],
      run: (x) => tf.log1p(x!),
      tolerance: { atol: 1e-9, because: 'tighter: small values' },
    },
    { name: 'Log1p', inputs: [special], run: (x) => tf.log1p(tf.relu(x!)) },
    { name: 'LogSigmoid', inputs: [[4]], run: (x) => tf.logSigmoid(x!), gradient: true },
    { name: 'LogicalNot', inputs: [bools([2], [0, 1])], run: (x) => tf.logicalNot(x!) },
    { name: 'Neg', inputs: [[4]], run: (x) => tf.neg(x!), gradient: true },
    { name: 'OnesLike', inputs: [[2, 2]], run: (x) => tf.add(tf.onesLike(x!), x!) },
    { name: 'Prelu', inputs: [[2, 3], [3]], run: (x, alpha) => tf.prelu(x!, alpha!), gradient: true },
    { name: 'Reciprocal', inputs: [positive], run: (x) => tf.reciprocal(x!), gradient: true },
    { name: 'Relu', inputs: [[6]], run: (x) => tf.relu(x!), gradient: true },
    { name: 'Relu6', inputs: [floats([4], [-1, 2, 5.9, 8])], run: (x) => tf.relu6(x!), gradient: true },
    { name: 'Round half to even', inputs: [ties], run: (x) => tf.round(x!) },
    { name: 'Rsqrt', inputs: [positive], run: (x) => tf.rsqrt(x!), gradient: true },
    { name: 'Selu', inputs: [[5]], run: (x) => tf.selu(x!), gradient: true },
    { name: 'Sigmoid', inputs: [[5]], run: (x) => tf.sigmoid(x!), gradient: true },
    { name: 'Sign', inputs: [floats([3], [-2, 0, 3])], run: (x) => tf.sign(x!), gradient: true },
    { name: 'Sin', inputs: [[4]], run: (x) => tf.sin(x!), gradient: true },
    { name: 'Sinh', inputs: [[4]], run: (x) => tf.sinh(x!), gradient: true },
    { name: 'Softplus', inputs: [[4]], run: (x) => tf.softplus(x!), gradient: true },
    { name: 'Sqrt', inputs: [positive], run: (x) => tf.sqrt(x!), gradient: true },
    { name: 'Square', inputs: [[4]], run: (x) => tf.square(x!), gradient: true },
    { name: 'Step', inputs: [floats([4], [-1, 0, 2, Number.NaN])], run: (x) => tf.step(x!, 0.25) },
    { name: 'Tan', inputs: [unit], run: (x) => tf.tan(x!), gradient: true },
    { name: 'Tanh', inputs: [[4]], run: (x) => tf.tanh(x!), gradient: true },
    { name: 'ZerosLike', inputs: [[2, 2]], run: (x) => tf.add(tf.zerosLike(x!), x!) },
  ]);
});
