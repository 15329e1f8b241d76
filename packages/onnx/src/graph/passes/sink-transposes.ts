import type { GraphBuilder } from '../builder.ts';
import { reshape, shapeConstant, transpose } from '../operators/movement.ts';
import { BROADCASTING, ELEMENTWISE } from '../operators/operator-kinds.ts';
import { type RewriteContext, type Rule, rewrite } from '../rewrite.ts';
import {
  type Attributes,
  type Dimension,
  type Graph,
  int,
  ints,
  type Node,
  staticShape,
  type Value,
} from '../value.ts';

type Permutation = readonly number[];

/** What a transpose node reads and how it permutes, if the value is one's output. */
function transposed(value: Value | undefined): { source: Value; permutation: Permutation } | undefined {
  if (value?.source.kind !== 'node' || value.source.node.op !== 'Transpose') return undefined;
  const { inputs, attributes } = value.source.node;
  return attributes.perm?.kind === 'ints' ? { source: inputs[0]!, permutation: attributes.perm.value } : undefined;
}

function inverse(permutation: Permutation): number[] {
  const result = new Array<number>(permutation.length);
  permutation.forEach((axis, index) => {
    result[axis] = index;
  });
  return result;
}

const permute = (shape: readonly Dimension[], order: Permutation) => order.map((axis) => shape[axis]!);

/** Adds a node like the old one on other operands, whose output has another order of axes, and brings that order back behind it. */
function sunk(
  g: GraphBuilder,
  node: Node,
  inputs: readonly (Value | undefined)[],
  permutation: Permutation,
  attributes: Attributes,
): Value[] {
  const [{ type, shape }] = node.outputs as [Value];
  const [result] = g.add(
    node.op,
    inputs,
    [{ type, shape: permute(shape, inverse(permutation)) }],
    attributes,
    node.domain,
  );
  return [transpose(g, result!, permutation)];
}

/** An operand in the order of axes that its transposed neighbour has before the transpose; undefined if that would move much data. */
function inSourceOrder(g: GraphBuilder, value: Value, permutation: Permutation): Value | undefined {
  const rank = permutation.length;
  const lengths = value.shape.filter((length) => length !== 1);
  if (lengths.length === 0) return value;
  const isConstant = value.source.kind === 'constant';
  if (!isConstant && value.shape.slice(-(rank - 1)).filter((length) => length !== 1).length > 1) return undefined;
  if (value.shape.length < rank && value.shape.some((length) => typeof length === 'string')) return undefined;
  const full =
    value.shape.length === rank
      ? value
      : reshape(g, value, [...new Array<number>(rank - value.shape.length).fill(1), ...staticShape(value)]);
  return transpose(g, full, inverse(permutation));
}

function sinkThroughElementwise(node: Node, { g, inputs }: RewriteContext): Value[] | undefined {
  const rank = node.outputs[0]!.shape.length;
  const origins = inputs.map((value) => (value?.shape.length === rank ? transposed(value) : undefined));
  const permutation = origins.find((origin) => origin)?.permutation;
  if (!permutation) return undefined;
  if (origins.some((origin) => origin && `${origin.permutation}` !== `${permutation}`)) return undefined;
  const operands = inputs.map(
    (value, index) => origins[index]?.source ?? (value && inSourceOrder(g, value, permutation)),
  );
  if (operands.some((operand, index) => operand === undefined && inputs[index] !== undefined)) return undefined;
  return sunk(g, node, operands, permutation, node.attributes);
}

const int64sOf = (value: Value | undefined): number[] | undefined =>
  value?.source.kind === 'constant' && value.type === 'int64'
    ? Array.from(value.source.data as BigInt64Array, Number)
    : undefined;

/** A reduction, or the position of a maximum, over axes of the source. */
function sinkThroughReduction(node: Node, { g, inputs }: RewriteContext): Value[] | undefined {
  const origin = transposed(inputs[0]);
  if (!origin) return undefined;
  const { source, permutation } = origin;
  const { axes, axis, keepdims } = node.attributes;
  const rank = permutation.length;
  // A reduction without axes is of all.
  const all = inputs.length === 1 && node.op.startsWith('Reduce') ? permutation : undefined;
  const listed =
    axis?.kind === 'int' ? [axis.value] : axes?.kind === 'ints' ? axes.value : (int64sOf(inputs[1]) ?? all);
  if (!listed) return undefined;
  const reduced = listed.map((n) => permutation[n < 0 ? n + rank : n]!);
  const attributes = {
    ...node.attributes,
    ...(axis && { axis: int(reduced[0]!) }),
    ...(axes && { axes: ints(reduced) }),
  };
  const operands = [source, ...(inputs.length > 1 ? [shapeConstant(g, reduced)] : [])];
  if (keepdims?.value !== 0) return sunk(g, node, operands, permutation, attributes);
  // What is left, in the source's order and in the result's.
  const left = permutation.map((_, n) => n).filter((n) => !reduced.includes(n));
  const order = permutation.filter((n) => !reduced.includes(n)).map((n) => left.indexOf(n));
  return sunk(g, node, operands, order, attributes);
}

function sinkThroughConcat(node: Node, { g, inputs }: RewriteContext): Value[] | undefined {
  const origins = inputs.map(transposed);
  const permutation = origins[0]?.permutation;
  if (!permutation || origins.some((origin) => `${origin?.permutation}` !== `${permutation}`)) return undefined;
  const { axis } = node.attributes;
  if (axis?.kind !== 'int') return undefined;
  const own = permutation[axis.value < 0 ? axis.value + permutation.length : axis.value]!;
  return sunk(
    g,
    node,
    origins.map((origin) => origin!.source),
    permutation,
    { axis: int(own) },
  );
}

function sinkThroughPad(node: Node, { g, inputs }: RewriteContext): Value[] | undefined {
  const origin = transposed(inputs[0]);
  const pads = int64sOf(inputs[1]);
  if (!origin || !pads || inputs.length > 3) return undefined;
  const order = inverse(origin.permutation);
  const rank = order.length;
  const own = [...order.map((n) => pads[n]!), ...order.map((n) => pads[rank + n]!)];
  return sunk(g, node, [origin.source, shapeConstant(g, own), ...inputs.slice(2)], origin.permutation, node.attributes);
}

function sinkThroughSlice(node: Node, { g, inputs }: RewriteContext): Value[] | undefined {
  const origin = transposed(inputs[0]);
  const axes = int64sOf(inputs[3]);
  if (!origin || !axes) return undefined;
  const own = axes.map((n) => origin.permutation[n < 0 ? n + origin.permutation.length : n]!);
  const operands = [origin.source, inputs[1], inputs[2], shapeConstant(g, own), ...inputs.slice(4)];
  return sunk(g, node, operands, origin.permutation, node.attributes);
}

/** Two that meet are one, or none. */
const mergeTransposes: Rule = ({ attributes: { perm } }, { g, inputs }) =>
  perm?.kind === 'ints' && transposed(inputs[0]) ? [transpose(g, inputs[0]!, perm.value)] : undefined;

const REDUCTIONS = [
  'ReduceSum',
  'ReduceMean',
  'ReduceMax',
  'ReduceMin',
  'ReduceProd',
  'ReduceSumSquare',
  'ArgMax',
  'ArgMin',
];

const RULES: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries([...BROADCASTING, ...ELEMENTWISE].map((op) => [op, sinkThroughElementwise])),
  ...Object.fromEntries(REDUCTIONS.map((op) => [op, sinkThroughReduction])),
  Concat: sinkThroughConcat,
  Pad: sinkThroughPad,
  Slice: sinkThroughSlice,
  Transpose: mergeTransposes,
};

/**
 * Moves transposes behind the operators that do not care for the order of axes. Between the convolutions of an NHWC network, each of which
 * goes to NCHW and back, two meet and vanish: what is left is one at the input and those that the network's own reshapes need.
 */
export function sinkTransposes(graph: Graph): Graph {
  return rewrite(graph, (node, context) =>
    Object.hasOwn(RULES, node.op) ? RULES[node.op]!(node, context) : undefined,
  );
}
