import { allocate } from '../constant.ts';
import { broadcastShape, ONNX_TYPE } from '../operators/elementwise.ts';
import { type Attributes, type ConstantArray, type ElementType, sizeOf } from '../value.ts';
import { broadcastTo, copyStrided, gatherStrided, type Known, stridesOf } from './strided.ts';

/** Operands (undefined: left out) and attributes of one node. */
interface Call {
  readonly inputs: readonly (Known | undefined)[];
  readonly attributes: Attributes;
}

/** Gives the node's one output, or undefined where it is not computed here. */
type Evaluator = (call: Call) => Known | undefined;

const numbersOf = (value: Known | undefined): number[] => Array.from(value?.data ?? [], Number);

function intOf(attributes: Attributes, name: string, otherwise: number): number {
  const attribute = attributes[name];
  return attribute?.kind === 'int' ? attribute.value : otherwise;
}

const positive = (axis: number, rank: number) => (axis < 0 ? axis + rank : axis);

/** The same elements in another shape: a view. */
const withShape = ({ type, data }: Known, shape: readonly number[]): Known => ({ type, shape, data });

const reshape: Evaluator = ({ inputs: [x, target], attributes }) => {
  const lengths = numbersOf(target).map((length, axis) =>
    length === 0 && intOf(attributes, 'allowzero', 0) === 0 ? x!.shape[axis]! : length,
  );
  const known = lengths.filter((length) => length !== -1);
  return withShape(
    x!,
    lengths.map((length) => (length === -1 ? x!.data.length / sizeOf(known) : length)),
  );
};

const unsqueeze: Evaluator = ({ inputs: [x, axesInput] }) => {
  const given = numbersOf(axesInput);
  const rank = x!.shape.length + given.length;
  const axes = new Set(given.map((axis) => positive(axis, rank)));
  const rest = [...x!.shape];
  return withShape(
    x!,
    Array.from({ length: rank }, (_, axis) => (axes.has(axis) ? 1 : rest.shift()!)),
  );
};

const squeeze: Evaluator = ({ inputs: [x, axesInput] }) => {
  const axes = new Set(numbersOf(axesInput).map((axis) => positive(axis, x!.shape.length)));
  const drops = (length: number, axis: number) => (axesInput ? axes.has(axis) : length === 1);
  return withShape(
    x!,
    x!.shape.filter((length, axis) => !drops(length, axis)),
  );
};

const transpose: Evaluator = ({ inputs: [x], attributes: { perm } }) => {
  const order = perm?.kind === 'ints' ? perm.value : x!.shape.map((_, axis) => x!.shape.length - 1 - axis);
  const strides = stridesOf(x!.shape);
  const walk = { offset: 0, strides: order.map((axis) => strides[axis]!) };
  return gatherStrided(
    x!,
    order.map((axis) => x!.shape[axis]!),
    walk,
  );
};

const concat: Evaluator = ({ inputs, attributes }) => {
  const parts = inputs as Known[];
  const [first] = parts as [Known];
  const axis = positive(intOf(attributes, 'axis', 0), first.shape.length);
  const length = parts.reduce((sum, part) => sum + part.shape[axis]!, 0);
  const shape = first.shape.with(axis, length);
  const strides = stridesOf(shape);
  const data = allocate(first.type, sizeOf(shape));
  let position = 0;
  for (const part of parts) {
    const target = { offset: position * strides[axis]!, strides };
    copyStrided(part.shape, part.data, { offset: 0, strides: stridesOf(part.shape) }, data, target);
    position += part.shape[axis]!;
  }
  return { type: first.type, shape, data };
};

const slice: Evaluator = ({ inputs: [x, startsInput, endsInput, axesInput, stepsInput] }) => {
  const [starts, ends] = [numbersOf(startsInput), numbersOf(endsInput)];
  const axes = axesInput ? numbersOf(axesInput) : starts.map((_, axis) => axis);
  const steps = stepsInput ? numbersOf(stepsInput) : starts.map(() => 1);
  const [shape, strides] = [[...x!.shape], stridesOf(x!.shape)];
  const walked = [...strides];
  let offset = 0;
  for (const [index, given] of axes.entries()) {
    const axis = positive(given, shape.length);
    const [length, step] = [x!.shape[axis]!, steps[index]!];
    // Bounds as ONNX's Slice has them: a backward walk may end before the first element.
    const bound = (position: number, lowest: number, highest: number) =>
      Math.min(highest, Math.max(lowest, position < 0 ? position + length : position));
    const start = step > 0 ? bound(starts[index]!, 0, length) : bound(starts[index]!, 0, length - 1);
    const end = step > 0 ? bound(ends[index]!, 0, length) : bound(ends[index]!, -1, length - 1);
    shape[axis] = Math.max(0, Math.ceil((end - start) / step));
    offset += start * strides[axis]!;
    walked[axis] = strides[axis]! * step;
  }
  return gatherStrided(x!, shape, { offset, strides: walked });
};

const gather: Evaluator = ({ inputs: [x, indices], attributes }) => {
  const axis = positive(intOf(attributes, 'axis', 0), x!.shape.length);
  const [outer, inner] = [x!.shape.slice(0, axis), x!.shape.slice(axis + 1)];
  const [rowSize, length] = [sizeOf(inner), x!.shape[axis]!];
  const picks = numbersOf(indices).map((index) => positive(index, length));
  const shape = [...outer, ...indices!.shape, ...inner];
  const data = allocate(x!.type, sizeOf(shape)) as Float32Array;
  let position = 0;
  for (let block = 0; block < sizeOf(outer); block++) {
    for (const pick of picks) {
      const begin = (block * length + pick) * rowSize;
      data.set((x!.data as Float32Array).subarray(begin, begin + rowSize), position);
      position += rowSize;
    }
  }
  return { type: x!.type, shape, data };
};

const pad: Evaluator = ({ inputs: [x, padsInput, fill, axesInput], attributes: { mode } }) => {
  const pads = numbersOf(padsInput);
  if ((mode?.value ?? 'constant') !== 'constant' || axesInput || pads.some((n) => n < 0)) return undefined;
  const rank = x!.shape.length;
  const shape = x!.shape.map((length, axis) => length + pads[axis]! + pads[axis + rank]!);
  const strides = stridesOf(shape);
  const data = allocate(x!.type, sizeOf(shape));
  if (fill) (data as Float32Array).fill(fill.data[0] as number);
  const offset = pads.slice(0, rank).reduce((sum, n, axis) => sum + n * strides[axis]!, 0);
  copyStrided(x!.shape, x!.data, { offset: 0, strides: stridesOf(x!.shape) }, data, { offset, strides });
  return { type: x!.type, shape, data };
};

const expand: Evaluator = ({ inputs: [x, target] }) =>
  broadcastTo(x!, broadcastShape([...x!.shape], numbersOf(target)));

/** Along each axis the tensor over and over: a walk with a repeating axis before each. */
const tile: Evaluator = ({ inputs: [x, repeatsInput] }) => {
  const [repeats, strides] = [numbersOf(repeatsInput), stridesOf(x!.shape)];
  const spread = x!.shape.flatMap((length, axis) => [repeats[axis]!, length]);
  const walk = { offset: 0, strides: strides.flatMap((stride) => [0, stride]) };
  const shape = x!.shape.map((length, axis) => length * repeats[axis]!);
  return withShape(gatherStrided(x!, spread, walk), shape);
};

const TYPES = new Map(Object.entries(ONNX_TYPE).map(([type, number]) => [number, type as ElementType]));

/** Types whose values are JavaScript numbers and convert as its typed arrays do; saturating casts of fractions are left alone. */
const cast: Evaluator = ({ inputs: [x], attributes }) => {
  const type = TYPES.get(intOf(attributes, 'to', 0));
  const widens = type === 'float32' || type === 'float64';
  if (!type || !widens || !['float32', 'int32', 'uint8', 'int8', 'bool'].includes(x!.type)) return undefined;
  const data = allocate(type, x!.data.length);
  (data as Float32Array).set(x!.data as Float32Array);
  return { type, shape: x!.shape, data };
};

/**
 * Elementwise arithmetic of float32. Computed in float64 and rounded once when it is stored, a sum, difference, product, quotient or
 * root is the correctly rounded float32 (Figueroa 1995): what every runtime's own gives.
 */
const arithmetic =
  (compute: (a: number, b: number) => number): Evaluator =>
  ({ inputs: [a, b] }) => {
    if (a!.type !== 'float32') return undefined;
    const shape = b ? broadcastShape([...a!.shape], [...b.shape]) : a!.shape;
    const left = broadcastTo(a!, shape).data as Float32Array;
    const right = b ? (broadcastTo(b, shape).data as Float32Array) : left;
    const data: ConstantArray = new Float32Array(left.length);
    for (let i = 0; i < data.length; i++) data[i] = compute(left[i]!, right[i]!);
    return { type: 'float32', shape, data };
  };

/** How operators on constants are computed. A new one is a new row. */
const EVALUATORS: Readonly<Record<string, Evaluator>> = {
  Add: arithmetic((a, b) => a + b),
  Cast: cast,
  Concat: concat,
  Div: arithmetic((a, b) => a / b),
  Expand: expand,
  Gather: gather,
  Identity: ({ inputs: [x] }) => x,
  Mul: arithmetic((a, b) => a * b),
  Neg: arithmetic((a) => -a),
  Pad: pad,
  Reciprocal: arithmetic((a) => 1 / a),
  Reshape: reshape,
  Slice: slice,
  Sqrt: arithmetic((a) => Math.sqrt(a)),
  Squeeze: squeeze,
  Sub: arithmetic((a, b) => a - b),
  Tile: tile,
  Transpose: transpose,
  Unsqueeze: unsqueeze,
};

/**
 * Computes a standard operator on known values, exactly: it moves them, or its result is the correctly rounded one. Reshapes are views.
 *
 * @returns the output, or undefined for an operator that is not computed here
 */
export function evaluate(op: string, inputs: readonly (Known | undefined)[], attributes: Attributes) {
  return Object.hasOwn(EVALUATORS, op) ? EVALUATORS[op]!({ inputs, attributes }) : undefined;
}
