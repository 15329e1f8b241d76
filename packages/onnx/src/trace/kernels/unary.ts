import type { DataType } from '@tensorflow/tfjs-core';
import type { GraphBuilder } from '../../graph/builder.ts';
import { full, scalar } from '../../graph/operators/creation.ts';
import { binary, cast, unary } from '../../graph/operators/elementwise.ts';
import { float, staticShape, type Value } from '../../graph/value.ts';
import type { Lowering, LoweringContext, LoweringTable } from '../lowering.ts';

/** Kernels with an ONNX operator of the same meaning. */
const SAME_MEANING: Readonly<Record<string, string>> = {
  Abs: 'Abs',
  Acos: 'Acos',
  Acosh: 'Acosh',
  Asin: 'Asin',
  Asinh: 'Asinh',
  Atan: 'Atan',
  Atanh: 'Atanh',
  Ceil: 'Ceil',
  Cos: 'Cos',
  Cosh: 'Cosh',
  Erf: 'Erf',
  Exp: 'Exp',
  Floor: 'Floor',
  Log: 'Log',
  LogicalNot: 'Not',
  Neg: 'Neg',
  Reciprocal: 'Reciprocal',
  Relu: 'Relu',
  Round: 'Round',
  Sigmoid: 'Sigmoid',
  Sign: 'Sign',
  Sin: 'Sin',
  Sinh: 'Sinh',
  Softplus: 'Softplus',
  Sqrt: 'Sqrt',
  Tan: 'Tan',
  Tanh: 'Tanh',
};

/** Rounding has nothing to do on whole numbers, and ONNX's operators take floats alone. */
const ROUNDING = new Set(['Ceil', 'Floor', 'Round']);

const direct =
  (kernel: string, op: string): Lowering =>
  ({ g, input }) => {
    const x = input('x');
    return ROUNDING.has(kernel) && x.type !== 'float32' ? x : unary(g, op, x);
  };

export function where(g: GraphBuilder, condition: Value, yes: Value, no: Value): Value {
  return g.add('Where', [condition, yes, no], [{ type: yes.type, shape: condition.shape }])[0]!;
}

function clip(g: GraphBuilder, x: Value, low: number, high: number): Value {
  const inputs = [x, scalar(g, x.type, low), scalar(g, x.type, high)];
  return g.add('Clip', inputs, [{ type: x.type, shape: x.shape }])[0]!;
}

const isNan = (g: GraphBuilder, x: Value) => unary(g, 'IsNaN', x, {}, 'bool');
const isInf = (g: GraphBuilder, x: Value) => unary(g, 'IsInf', x, {}, 'bool');

/** exp(x) − 1 without cancellation near 0: tanh(x/2) · (exp(x) + 1). */
function expm1({ g, input }: LoweringContext): Value {
  const x = input('x');
  const half = unary(g, 'Tanh', binary(g, 'Mul', x, scalar(g, x.type, 0.5)));
  return binary(g, 'Mul', half, binary(g, 'Add', unary(g, 'Exp', x), scalar(g, x.type, 1)));
}

/** log(1 + x) without cancellation near 0: log(u) · x / (u − 1) with u = 1 + x, and x itself where u rounds to 1. */
function log1p({ g, input }: LoweringContext): Value {
  const x = input('x');
  const one = scalar(g, x.type, 1);
  const u = binary(g, 'Add', x, one);
  const difference = binary(g, 'Sub', u, one);
  const exact = binary(g, 'Equal', difference, scalar(g, x.type, 0));
  const divisor = where(g, exact, binary(g, 'Add', difference, one), difference);
  const logU = unary(g, 'Log', u);
  const corrected = binary(g, 'Mul', logU, binary(g, 'Div', x, divisor));
  return where(g, isInf(g, x), logU, where(g, exact, x, corrected));
}

/** 1 above zero, α below, NaN kept. */
function step({ g, input, attrs }: LoweringContext): Value {
  const x = input('x');
  const positive = binary(g, 'Greater', x, scalar(g, x.type, 0));
  const value = where(g, positive, scalar(g, x.type, 1), scalar(g, x.type, (attrs as { alpha: number }).alpha ?? 0));
  return x.type === 'float32' ? where(g, isNan(g, x), x, value) : value;
}

/** max(x, 0) + α · min(x, 0), with α broadcast as PReLU's would be but of any rank. */
function prelu({ g, input }: LoweringContext): Value {
  const [x, alpha] = [input('x'), input('alpha')];
  const zero = scalar(g, x.type, 0);
  return binary(g, 'Add', unary(g, 'Relu', x), binary(g, 'Mul', alpha, binary(g, 'Min', x, zero)));
}

export const unaryKernels: LoweringTable = {
  ...Object.fromEntries(Object.entries(SAME_MEANING).map(([kernel, op]) => [kernel, direct(kernel, op)])),
  Identity: ({ input }) => input('x'),
  Cast: ({ g, input, attrs }) =>
    cast(g, input('x'), (attrs as { dtype: DataType }).dtype as 'float32' | 'int32' | 'bool'),
  ClipByValue: ({ g, input, attrs }) => clip(g, input('x'), attrs.clipValueMin, attrs.clipValueMax),
  Elu: ({ g, input }) => unary(g, 'Elu', input('x'), { alpha: float(1) }),
  EluGrad: ({ g, input }) => {
    const [dy, y] = [input('dy'), input('y')];
    const slope = binary(g, 'Min', binary(g, 'Add', y, scalar(g, y.type, 1)), scalar(g, y.type, 1));
    return binary(g, 'Mul', dy, slope);
  },
  Expm1: expm1,
  IsFinite: ({ g, input }) => unary(g, 'Not', binary(g, 'Or', isNan(g, input('x')), isInf(g, input('x')))),
  IsInf: ({ g, input }) => isInf(g, input('x')),
  IsNan: ({ g, input }) => isNan(g, input('x')),
  LeakyRelu: ({ g, input, attrs }) => unary(g, 'LeakyRelu', input('x'), { alpha: float(attrs.alpha) }),
  Log1p: log1p,
  OnesLike: ({ g, input }) => full(g, input('x').type, staticShape(input('x')), 1),
  Prelu: prelu,
  Relu6: ({ g, input }) => clip(g, input('x'), 0, 6),
  Rsqrt: ({ g, input }) => unary(g, 'Reciprocal', unary(g, 'Sqrt', input('x'))),
  // ONNX's default constants have fewer digits than TensorFlow.js's.
  Selu: ({ g, input }) =>
    unary(g, 'Selu', input('x'), { alpha: float(1.6732632423543772), gamma: float(1.0507009873554805) }),
  Square: ({ g, input }) => binary(g, 'Mul', input('x'), input('x')),
  Step: step,
  ZerosLike: ({ g, input }) => full(g, input('x').type, staticShape(input('x')), 0),
};
