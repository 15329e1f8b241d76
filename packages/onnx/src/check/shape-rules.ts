import type { FileNode } from '../proto/file-messages.ts';
import type { Length, Shape, ValueType } from './value-type.ts';

/** Shapes that do not fit an operator. */
export class ShapeMismatch extends Error {
  override name = 'ShapeMismatch';
}

/** What a rule sees of a node. */
export interface RuleContext {
  readonly node: FileNode;
  readonly opset: number;
  readonly inputs: readonly (ValueType | undefined)[];
}

/** Shapes of the outputs, as far as they follow; throws {@link ShapeMismatch} where the inputs do not fit. */
type Rule = (context: RuleContext) => readonly (Shape | undefined)[];

const int = ({ node }: RuleContext, name: string, otherwise: number): number =>
  Number(node.attribute.find((a) => a.name === name)?.i ?? otherwise);
const ints = ({ node }: RuleContext, name: string): number[] | undefined =>
  node.attribute.find((a) => a.name === name)?.ints.map(Number);
const shape = ({ inputs }: RuleContext, index: number): Shape | undefined => inputs[index]?.shape;

/** Numbers that are an attribute in old operator sets and a constant input in new ones; undefined where they are not known. */
const listed = (c: RuleContext, name: string, index: number): readonly number[] | undefined =>
  ints(c, name) ?? c.inputs[index]?.constant;
const isGiven = (c: RuleContext, name: string, index: number): boolean =>
  ints(c, name) !== undefined || (index < c.node.input.length && c.node.input[index] !== '');

const axisOf = (axis: number, rank: number): number => {
  if (axis < -rank || axis >= rank) throw new ShapeMismatch(`axis ${axis} is not one of ${rank} dimensions`);
  return axis < 0 ? axis + rank : axis;
};

const same = (a: Length, b: Length): Length =>
  typeof a === 'number' ? a : typeof b === 'number' ? b : a === b ? a : undefined;

function broadcastLength(a: Length, b: Length): Length {
  if (a === 1) return b;
  if (b === 1 || a === b) return a;
  if (typeof a === 'number' && typeof b === 'number') throw new ShapeMismatch(`lengths ${a} and ${b} do not broadcast`);
  return typeof a === 'number' ? a : typeof b === 'number' ? b : undefined;
}

function broadcast(shapes: readonly (Shape | undefined)[]): Shape | undefined {
  if (shapes.some((s) => s === undefined)) return undefined;
  return (shapes as Shape[]).reduce((a, b) => {
    const rank = Math.max(a.length, b.length);
    return Array.from({ length: rank }, (_, i) => {
      const [left, right] = [i - rank + a.length, i - rank + b.length];
      return broadcastLength(left < 0 ? 1 : a[left], right < 0 ? 1 : b[right]);
    });
  });
}

const unary: Rule = (c) => [shape(c, 0)];
const elementwise: Rule = (c) => [broadcast(c.inputs.map((input) => input?.shape))];

const matMul: Rule = (c) => {
  const [a, b] = [shape(c, 0), shape(c, 1)];
  if (!a || !b) return [undefined];
  if (a.length === 0 || b.length === 0) throw new ShapeMismatch('a matrix product takes no scalars');
  const [rows, columns] = [a.length === 1 ? [1, ...a] : a, b.length === 1 ? [...b, 1] : b];
  const [inner, other] = [rows.at(-1), columns.at(-2)];
  if (typeof inner === 'number' && typeof other === 'number' && inner !== other)
    throw new ShapeMismatch(`the inner lengths must be equal, got ${inner} and ${other}`);
  const batch = broadcast([rows.slice(0, -2), columns.slice(0, -2)])!;
  return [[...batch, ...(a.length === 1 ? [] : [rows.at(-2)]), ...(b.length === 1 ? [] : [columns.at(-1)])]];
};

const gemm: Rule = (c) => {
  const [a, b] = [shape(c, 0), shape(c, 1)];
  if (!a || !b) return [undefined];
  if (a.length !== 2 || b.length !== 2)
    throw new ShapeMismatch(`Gemm takes matrices, got ranks ${a.length} and ${b.length}`);
  const [rows, inner] = int(c, 'transA', 0) ? [a[1], a[0]] : a;
  const [other, columns] = int(c, 'transB', 0) ? [b[1], b[0]] : b;
  if (typeof inner === 'number' && typeof other === 'number' && inner !== other)
    throw new ShapeMismatch(`the inner lengths must be equal, got ${inner} and ${other}`);
  const bias = shape(c, 2);
  if (bias) broadcast([bias, [rows, columns]]);
  return [[rows, columns]];
};

/** Spatial lengths of a window that slides; undefined where they do not follow simply. */
function windowed(c: RuleContext, spatial: Shape, kernel: Shape): Shape {
  const automatic = c.node.attribute.find((a) => a.name === 'auto_pad')?.s;
  const mode = automatic ? new TextDecoder().decode(automatic) : 'NOTSET';
  const [strides, dilations, pads] = [ints(c, 'strides'), ints(c, 'dilations'), ints(c, 'pads')];
  const up = int(c, 'ceil_mode', 0) === 1;
  return spatial.map((length, axis) => {
    const [size, stride, dilation] = [kernel[axis], strides?.[axis] ?? 1, dilations?.[axis] ?? 1];
    if (typeof length !== 'number' || typeof size !== 'number' || up || mode !== 'NOTSET') return undefined;
    const padded = length + (pads?.[axis] ?? 0) + (pads?.[axis + spatial.length] ?? 0);
    return Math.floor((padded - dilation * (size - 1) - 1) / stride) + 1;
  });
}

const convolution: Rule = (c) => {
  const [x, w] = [shape(c, 0), shape(c, 1)];
  if (!x || !w) return [undefined];
  if (x.length !== w.length || x.length < 3)
    throw new ShapeMismatch(`input and weight must have one rank, got ${x.length} and ${w.length}`);
  const channels = typeof w[1] === 'number' ? w[1] * int(c, 'group', 1) : undefined;
  if (typeof x[1] === 'number' && channels !== undefined && x[1] !== channels)
    throw new ShapeMismatch(`the weight is for ${channels} channels, got ${x[1]}`);
  return [[x[0], w[0], ...windowed(c, x.slice(2), w.slice(2))]];
};

const pool: Rule = (c) => {
  const [x, kernel] = [shape(c, 0), ints(c, 'kernel_shape')];
  if (!x || !kernel) return [undefined];
  if (kernel.length !== x.length - 2)
    throw new ShapeMismatch(`the kernel has ${kernel.length} dimensions, the input ${x.length}`);
  const out = [x[0], x[1], ...windowed(c, x.slice(2), kernel)];
  return [out, out];
};

const reshape: Rule = (c) => {
  const [from, target] = [shape(c, 0), listed(c, 'shape', 1)];
  if (!target) return [undefined];
  const keepsZero = int(c, 'allowzero', 0) === 0;
  const lengths: Length[] = target.map((length, axis) => (length === 0 && keepsZero ? from?.[axis] : length));
  const open = target.indexOf(-1);
  if (open < 0 && !from?.every((n) => typeof n === 'number')) return [lengths];
  const product = (list: readonly Length[]) => list.reduce<number>((p, n) => p * Number(n), 1);
  const known = from?.every((n) => typeof n === 'number') && lengths.every((n) => typeof n === 'number');
  if (!known) {
    if (open >= 0) lengths[open] = undefined;
    return [lengths];
  }
  const [total, rest] = [product(from!), product(lengths.filter((_, axis) => axis !== open))];
  if (open < 0 ? total !== rest : rest === 0 || total % rest !== 0)
    throw new ShapeMismatch(`[${from}] cannot be reshaped to [${target}]`);
  if (open >= 0) lengths[open] = total / rest;
  return [lengths];
};

const transpose: Rule = (c) => {
  const x = shape(c, 0);
  if (!x) return [undefined];
  const order = ints(c, 'perm') ?? x.map((_, axis) => x.length - 1 - axis);
  if (
    order.length !== x.length ||
    new Set(order).size !== x.length ||
    order.some((axis) => !(axis >= 0 && axis < x.length))
  )
    throw new ShapeMismatch(`perm must order ${x.length} dimensions, got [${order}]`);
  return [order.map((axis) => x[axis])];
};

const concat: Rule = (c) => {
  const shapes = c.inputs.map((input) => input?.shape);
  if (shapes.length === 0 || shapes.some((s) => s === undefined)) return [undefined];
  const all = shapes as Shape[];
  const axis = axisOf(int(c, 'axis', 1), all[0]!.length);
  return [
    all[0]!.map((_, i) => {
      const lengths = all.map((s) => {
        if (s.length !== all[0]!.length) throw new ShapeMismatch('all inputs must have one rank');
        return s[i];
      });
      if (i === axis)
        return lengths.every((n) => typeof n === 'number')
          ? (lengths as number[]).reduce((a, b) => a + b, 0)
          : undefined;
      const numbers = new Set(lengths.filter((n) => typeof n === 'number'));
      if (numbers.size > 1)
        throw new ShapeMismatch(`lengths of dimension ${i} must be equal, got ${[...numbers].join(' and ')}`);
      return lengths.reduce(same);
    }),
  ];
};

const reduction =
  (axesInput: number): Rule =>
  (c) => {
    const x = shape(c, 0);
    if (!x) return [undefined];
    const given = isGiven(c, 'axes', axesInput);
    const listedAxes = listed(c, 'axes', axesInput);
    const keep = int(c, 'keepdims', 1) === 1;
    if (given && !listedAxes) return [keep ? x.map(() => undefined) : undefined];
    if (!given && int(c, 'noop_with_empty_axes', 0) === 1) return [x];
    const axes = new Set((listedAxes ?? x.map((_, axis) => axis)).map((axis) => axisOf(axis, x.length)));
    return [keep ? x.map((n, axis) => (axes.has(axis) ? 1 : n)) : x.filter((_, axis) => !axes.has(axis))];
  };

const argument: Rule = (c) => {
  const x = shape(c, 0);
  if (!x) return [undefined];
  const axis = axisOf(int(c, 'axis', 0), x.length);
  return [int(c, 'keepdims', 1) ? x.map((n, i) => (i === axis ? 1 : n)) : x.filter((_, i) => i !== axis)];
};

const squeeze: Rule = (c) => {
  const [x, given] = [shape(c, 0), listed(c, 'axes', 1)];
  if (!x || !given) return [undefined];
  const axes = new Set(given.map((axis) => axisOf(axis, x.length)));
  for (const axis of axes)
    if (typeof x[axis] === 'number' && x[axis] !== 1)
      throw new ShapeMismatch(`dimension ${axis} must be 1, got ${x[axis]}`);
  return [x.filter((_, axis) => !axes.has(axis))];
};

const unsqueeze: Rule = (c) => {
  const [x, given] = [shape(c, 0), listed(c, 'axes', 1)];
  if (!x || !given) return [undefined];
  const rank = x.length + given.length;
  const axes = new Set(given.map((axis) => axisOf(axis, rank)));
  const rest = [...x];
  return [Array.from({ length: rank }, (_, axis) => (axes.has(axis) ? 1 : rest.shift()))];
};

const slice: Rule = (c) => {
  const x = shape(c, 0);
  const [starts, ends] = [listed(c, 'starts', 1), listed(c, 'ends', 2)];
  if (!x) return [undefined];
  const axes = isGiven(c, 'axes', 3) ? listed(c, 'axes', 3) : starts?.map((_, i) => i);
  const steps = isGiven(c, 'steps', 4) ? listed(c, 'steps', 4) : starts?.map(() => 1);
  if (!starts || !ends || !axes || !steps) return [x.map(() => undefined)];
  const out = [...x];
  axes.forEach((given, i) => {
    const [axis, step] = [axisOf(given, x.length), steps[i]!];
    const length = x[axis];
    if (typeof length !== 'number') out[axis] = undefined;
    else {
      const bound = (n: number) =>
        Math.min(step > 0 ? length : length - 1, Math.max(step > 0 ? 0 : -1, n < 0 ? n + length : n));
      out[axis] = Math.max(0, Math.ceil((bound(ends[i]!) - bound(starts[i]!)) / step));
    }
  });
  return [out];
};

const gather: Rule = (c) => {
  const [x, indices] = [shape(c, 0), shape(c, 1)];
  if (!x || !indices) return [undefined];
  const axis = axisOf(int(c, 'axis', 0), x.length);
  return [[...x.slice(0, axis), ...indices, ...x.slice(axis + 1)]];
};

const pad: Rule = (c) => {
  const [x, pads] = [shape(c, 0), listed(c, 'pads', 1)];
  if (!x) return [undefined];
  if (!pads || isGiven(c, 'axes', 3)) return [x.map(() => undefined)];
  if (pads.length !== 2 * x.length)
    throw new ShapeMismatch(`pads must have ${2 * x.length} numbers, got ${pads.length}`);
  return [x.map((n, axis) => (typeof n === 'number' ? n + pads[axis]! + pads[axis + x.length]! : undefined))];
};

const split: Rule = (c) => {
  const [x, sizes] = [shape(c, 0), listed(c, 'split', 1)];
  const count = c.node.output.length;
  if (!x) return c.node.output.map(() => undefined);
  const axis = axisOf(int(c, 'axis', 0), x.length);
  const length = x[axis];
  return c.node.output.map((_, index) => {
    const even =
      !isGiven(c, 'split', 1) && typeof length === 'number' && length % count === 0 ? length / count : undefined;
    return x.map((n, i) => (i === axis ? (sizes?.[index] ?? even) : n));
  });
};

const normalization: Rule = (c) => {
  const x = shape(c, 0);
  if (!x || c.node.output.length === 1) return [x];
  const axis = axisOf(int(c, 'axis', -1), x.length);
  const statistics = x.map((n, i) => (i < axis ? n : 1));
  return [x, statistics, statistics];
};

const batchNormalization: Rule = (c) => {
  const [x, scale] = [shape(c, 0), shape(c, 1)];
  if (x && scale && typeof x[1] === 'number' && typeof scale[0] === 'number' && x[1] !== scale[0])
    throw new ShapeMismatch(`scale is for ${scale[0]} channels, got ${x[1]}`);
  return [x, shape(c, 3), shape(c, 4)];
};

const globalPool: Rule = (c) => [shape(c, 0)?.map((n, axis) => (axis < 2 ? n : 1))];

const flatten: Rule = (c) => {
  const x = shape(c, 0);
  if (!x) return [undefined];
  const given = int(c, 'axis', 1);
  const axis = given === x.length ? given : axisOf(given, x.length);
  const product = (list: Shape): Length => {
    if (list.length === 1) return list[0];
    return list.every((n) => typeof n === 'number') ? (list as number[]).reduce((p, n) => p * n, 1) : undefined;
  };
  return [[product(x.slice(0, axis)), product(x.slice(axis))]];
};

const expand: Rule = (c) => [broadcast([shape(c, 0), c.inputs[1]?.constant])];
const constant: Rule = ({ node: { attribute } }) => {
  const [given] = attribute;
  if (given?.t) return [given.t.dims.map(Number)];
  const lists: Readonly<Record<string, Shape>> = {
    value_float: [],
    value_int: [],
    value_string: [],
    value_floats: [given?.floats.length],
    value_ints: [given?.ints.length],
    value_strings: [given?.strings.length],
  };
  return [lists[given?.name ?? '']];
};

const rows = (rule: Rule, names: string): [string, Rule][] => names.split(' ').map((name) => [name, rule]);

/** Shape rules of standard operators by name; values of the others have no shape here. */
export const SHAPE_RULES: ReadonlyMap<string, Rule> = new Map([
  ...rows(
    unary,
    'Abs Acos Acosh Asin Asinh Atan Atanh Cast Ceil Celu Clip Cos Cosh CumSum Elu Erf Exp Floor Gelu HardSigmoid HardSwish',
  ),
  ...rows(
    unary,
    'Hardmax Identity InstanceNormalization IsInf IsNaN LeakyRelu Log LogSoftmax LpNormalization Mish Neg Not Reciprocal Relu',
  ),
  ...rows(
    unary,
    'Round ScatterElements ScatterND Selu Sigmoid Sign Sin Sinh Softmax Softplus Softsign Sqrt Swish Tan Tanh ThresholdedRelu',
  ),
  ...rows(unary, 'QuantizeLinear DequantizeLinear GroupNormalization EyeLike Trilu'),
  ...rows(
    elementwise,
    'Add And BitwiseAnd BitwiseOr Div Equal Greater GreaterOrEqual Less LessOrEqual Max Mean Min Mod Mul Or Pow PRelu Sub',
  ),
  ...rows(elementwise, 'Sum Where Xor'),
  ...rows(
    reduction(1),
    'ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare',
  ),
  ...rows(argument, 'ArgMax ArgMin'),
  ...rows(pool, 'AveragePool LpPool MaxPool'),
  ...rows(globalPool, 'GlobalAveragePool GlobalLpPool GlobalMaxPool'),
  ...rows(normalization, 'LayerNormalization RMSNormalization'),
  ...rows(convolution, 'Conv ConvInteger'),
  ['BatchNormalization', batchNormalization],
  ['Concat', concat],
  ['Constant', constant],
  ['Expand', expand],
  ['Flatten', flatten],
  ['Gather', gather],
  ['Gemm', gemm],
  ...rows(matMul, 'MatMul MatMulInteger'),
  ['Dropout', (c: RuleContext) => [shape(c, 0), shape(c, 0)]],
  ['Pad', pad],
  ['Reshape', reshape],
  ['Shape', (c: RuleContext) => [c.node.attribute.length === 0 ? [shape(c, 0)?.length] : [undefined]]],
  ['Slice', slice],
  ['Split', split],
  ['Squeeze', squeeze],
  ['Transpose', transpose],
  ['Unsqueeze', unsqueeze],
]);

/** Old operator sets whose elementwise operators take an axis to broadcast along: no rule holds for them. */
export const OLDEST_OPSET = 7;
