import type { GraphBuilder } from '../../graph/builder.ts';
import { uniformOf } from '../../graph/constant.ts';
import { scalar } from '../../graph/operators/creation.ts';
import { binary, broadcastShape, cast, unary } from '../../graph/operators/elementwise.ts';
import { expand } from '../../graph/operators/movement.ts';
import { int, sameShape, staticShape, type Value } from '../../graph/value.ts';
import type { Lowering, LoweringTable } from '../lowering.ts';
import { where } from './unary.ts';

/** Kernels with an ONNX operator of the same meaning. */
const SAME_MEANING: Readonly<Record<string, string>> = {
  Add: 'Add',
  Sub: 'Sub',
  Pow: 'Pow',
  Maximum: 'Max',
  Minimum: 'Min',
  Equal: 'Equal',
  Greater: 'Greater',
  GreaterEqual: 'GreaterOrEqual',
  Less: 'Less',
  LessEqual: 'LessOrEqual',
  LogicalAnd: 'And',
  LogicalOr: 'Or',
};

/** Operators that ONNX defines for numbers alone; booleans go through int32 as TensorFlow.js computes them. */
const NUMERIC = new Set(['Add', 'Sub', 'Mul', 'Pow', 'Max', 'Min', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual']);

function numeric(g: GraphBuilder, op: string, a: Value, b: Value): Value {
  const widen = (x: Value) => (NUMERIC.has(op) && x.type === 'bool' ? cast(g, x, 'int32') : x);
  return binary(g, op, widen(a), widen(b));
}

const direct =
  (op: string): Lowering =>
  ({ g, input }) =>
    numeric(g, op, input('a'), input('b'));

const operandsOf = (value: Value | undefined, op: string): readonly (Value | undefined)[] =>
  value?.source.kind === 'node' && value.source.node.op === op ? value.source.node.inputs : [];

/** x, where a value is what the kernel Step recorded for the slope of a ReLU, step(x) with α = 0. */
function steppedBy(value: Value): Value | undefined {
  const [, x, slope] = operandsOf(value, 'Where');
  const [condition, one, zero] = operandsOf(slope, 'Where');
  const [compared] = operandsOf(condition, 'Greater');
  return x && x === compared && one && uniformOf(one) === 1 && zero && uniformOf(zero) === 0 ? x : undefined;
}

/**
 * A product; with the slope of a ReLU it is dy · (x > 0) in three passes, where the step function with its NaN case takes ten.
 * What differs: NaN in x gives 0 times dy here, and has reached the loss already.
 */
function multiply({ g, input }: Parameters<Lowering>[0]): Value {
  const [a, b] = [input('a'), input('b')];
  for (const [slope, other] of [
    [a, b],
    [b, a],
  ] as const) {
    const x = steppedBy(slope);
    if (x && x.type === 'float32' && sameShape(x.shape, other.shape)) {
      return binary(g, 'Mul', other, cast(g, binary(g, 'Greater', x, scalar(g, 'float32', 0)), 'float32'));
    }
  }
  return numeric(g, 'Mul', a, b);
}

/** ⌊a / b⌋; whole numbers go through float64, which holds every int32 exactly. */
function floorDiv(g: GraphBuilder, a: Value, b: Value): Value {
  if (a.type === 'float32') return unary(g, 'Floor', binary(g, 'Div', a, b));
  const quotient = unary(g, 'Floor', binary(g, 'Div', cast(g, a, 'float64'), cast(g, b, 'float64')));
  return cast(g, quotient, 'int32');
}

/** Remainder with the divisor's sign, as Python's and TensorFlow's. */
function mod(g: GraphBuilder, a: Value, b: Value): Value {
  const shape = broadcastShape(staticShape(a), staticShape(b));
  const output = [{ type: a.type, shape }];
  if (a.type !== 'float32') return g.add('Mod', [a, b], output)[0]!;
  const remainder = g.add('Mod', [a, b], output, { fmod: int(1) })[0]!;
  const zero = scalar(g, 'float32', 0);
  const signsDiffer = binary(g, 'Less', binary(g, 'Mul', remainder, b), zero);
  return where(g, signsDiffer, binary(g, 'Add', remainder, b), remainder);
}

/** Four-quadrant arctangent, which ONNX lacks: atan(y/x) moved into y's half plane where x < 0, ±π/2 where x = 0. */
function atan2(g: GraphBuilder, y: Value, x: Value): Value {
  const shape = broadcastShape(staticShape(y), staticShape(x));
  const [wideY, wideX] = [expand(g, y, shape), expand(g, x, shape)];
  const constant = (value: number) => scalar(g, 'float32', value);
  const negativeY = binary(g, 'Less', wideY, constant(0));
  const xIsZero = binary(g, 'Equal', wideX, constant(0));
  const angle = unary(g, 'Atan', binary(g, 'Div', wideY, where(g, xIsZero, constant(1), wideX)));
  const shift = where(g, negativeY, constant(-Math.PI), constant(Math.PI));
  const moved = where(g, binary(g, 'Less', wideX, constant(0)), binary(g, 'Add', angle, shift), angle);
  const quarter = binary(g, 'Mul', unary(g, 'Sign', wideY), constant(Math.PI / 2));
  return where(g, xIsZero, quarter, moved);
}

/** A condition of the leading axis alone applies to whole rows. */
function select({ g, input }: Parameters<Lowering>[0]): Value {
  const [condition, yes, no] = [input('condition'), input('t'), input('e')];
  const rank = yes.shape.length;
  const missing = rank - condition.shape.length;
  const aligned =
    missing > 0 && condition.shape.length === 1
      ? g.add(
          'Unsqueeze',
          [
            condition,
            g.constant(
              'int64',
              [missing],
              BigInt64Array.from({ length: missing }, (_, i) => BigInt(i + 1)),
            ),
          ],
          [{ type: 'bool', shape: [...condition.shape, ...new Array<number>(missing).fill(1)] }],
        )[0]!
      : condition;
  return g.add(
    'Where',
    [aligned, yes, no],
    [{ type: yes.type, shape: broadcastShape(staticShape(aligned), staticShape(yes)) }],
  )[0]!;
}

export const binaryKernels: LoweringTable = {
  ...Object.fromEntries(Object.entries(SAME_MEANING).map(([kernel, op]) => [kernel, direct(op)])),
  AddN: ({ g, list }) => list().reduce((sum, term) => binary(g, 'Add', sum, term)),
  Atan2: ({ g, input }) => atan2(g, input('a'), input('b')),
  FloorDiv: ({ g, input }) => floorDiv(g, input('a'), input('b')),
  Mod: ({ g, input }) => mod(g, input('a'), input('b')),
  Multiply: multiply,
  NotEqual: ({ g, input }) => unary(g, 'Not', binary(g, 'Equal', input('a'), input('b'))),
  RealDiv: ({ g, input }) => binary(g, 'Div', cast(g, input('a'), 'float32'), cast(g, input('b'), 'float32')),
  Select: select,
  SquaredDifference: ({ g, input }) => {
    const difference = binary(g, 'Sub', input('a'), input('b'));
    return binary(g, 'Mul', difference, difference);
  },
};
