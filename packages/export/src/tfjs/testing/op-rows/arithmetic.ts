import { attribute } from '../graph-def.ts';
import { above1, binary, flag, type OpRow, row, unary, unit, vector, whole, withWeight } from './op-row.ts';

const { float, int } = attribute;

/** Elementwise arithmetic and logic. */
export const ARITHMETIC_ROWS: readonly OpRow[] = [
  // Arithmetic.
  ...['Add', 'AddV2', 'Maximum', 'Minimum', 'Mul', 'Sub', 'SquaredDifference'].map((op) => binary(op)),
  ...['Div', 'RealDiv', 'DivNoNan', 'FloorDiv', 'FloorMod', 'Mod'].map((op) => withWeight(op, [2, -3, 0.5, 1.5, -0.7])),
  row('AddN', (g) => g.op('AddN', [vector(g), vector(g, 'y'), vector(g, 'z')], { N: int(3) })),
  row('BiasAdd', (g) => g.op('BiasAdd', [vector(g), g.weight('bias', [5])])),
  row('Pow', (g) => g.op('Pow', [unit(g), g.constant([2, 0.5, -1, 3, 0], [5])])),
  // Elementwise.
  ...[
    'Abs',
    'Asinh',
    'Atan',
    'Ceil',
    'Cos',
    'Cosh',
    'Elu',
    'Erf',
    'Exp',
    'Expm1',
    'Floor',
    'Neg',
    'Relu',
    'Relu6',
    'Round',
    'Selu',
    'Sigmoid',
    'Sign',
    'Sin',
    'Sinh',
    'Softplus',
    'Square',
    'Tan',
    'Tanh',
    'IsFinite',
    'IsInf',
    'IsNan',
  ].map((op) => unary(op)),
  ...['Acos', 'Asin', 'Atanh', 'Log', 'Log1p', 'Reciprocal', 'Rsqrt', 'Sqrt'].map((op) => unary(op, unit)),
  unary('Acosh', above1),
  binary('Atan2'),
  row('ClipByValue', (g) => g.op('ClipByValue', [vector(g), g.scalar(-0.5, 'float32'), g.scalar(0.25, 'float32')])),
  row('LeakyRelu', (g) => g.op('LeakyRelu', [vector(g)], { alpha: float(0.3) })),
  row('Prelu', (g) => g.op('Prelu', [vector(g), g.weight('alpha', [5])])),
  // Logic.
  ...['Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Less', 'LessEqual'].map((op) =>
    row(op, (g) => g.op(op, [whole(g), whole(g, 'y')])),
  ),
  ...['LogicalAnd', 'LogicalOr'].map((op) => row(op, (g) => g.op(op, [flag(g), flag(g, 'y')]))),
  unary('LogicalNot', flag),
  ...['Select', 'SelectV2'].map((op) => row(op, (g) => g.op(op, [flag(g, 'c'), vector(g), vector(g, 'y')]))),
];
