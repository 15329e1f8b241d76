import type { GraphBuilder } from '../builder.ts';
import { uniformOf } from '../constant.ts';
import { scalar } from '../operators/creation.ts';
import { copyNode, type RewriteContext, type Rule, rewrite } from '../rewrite.ts';
import { type Attributes, type Dimension, float, type Graph, type Node, sameShape, type Value } from '../value.ts';

const producer = (value: Value | undefined, op: string): Node | undefined =>
  value?.source.kind === 'node' && value.source.node.op === op ? value.source.node : undefined;

/** x · factor. Lengths may be open here, so it does not go through the broadcasting operators. */
function scale(g: GraphBuilder, x: Value, factor: number): Value {
  return g.add('Mul', [x, scalar(g, x.type, factor)], [x])[0]!;
}

/** The factor and the other operand, when a value is a product with one known number. */
function scaled(value: Value | undefined): { factor: number; of: Value } | undefined {
  const node = producer(value, 'Mul');
  if (!node) return undefined;
  const [a, b] = node.inputs as [Value, Value];
  const [left, right] = [uniformOf(a), uniformOf(b)];
  if (right !== undefined && b.shape.length === 0) return { factor: right, of: a };
  if (left !== undefined && a.shape.length === 0) return { factor: left, of: b };
  return undefined;
}

function alphaOf({ attributes: { alpha } }: Node): number {
  return alpha?.kind === 'float' ? alpha.value : 1;
}

const withAlpha = (attributes: Attributes, alpha: number): Attributes => ({ ...attributes, alpha: float(alpha) });

/** Gemm(c·A, B) = c Gemm(A, B): the product's own factor costs nothing, a multiplication reads and writes the matrix. */
const absorbOperandFactor: Rule = (node, { g, inputs }) => {
  const [left, right] = [scaled(inputs[0]), scaled(inputs[1])];
  if (!left && !right) return undefined;
  const alpha = alphaOf(node) * (left?.factor ?? 1) * (right?.factor ?? 1);
  const operands = [left?.of ?? inputs[0], right?.of ?? inputs[1], ...inputs.slice(2)];
  return g.add('Gemm', operands, node.outputs, withAlpha(node.attributes, alpha));
};

/**
 * c · Gemm(A, B, C) = Gemm(A, B, c·C) with α times c. The factor goes into C itself, a vector as a rule: with β other than 0 and 1
 * ONNX Runtime's Gemm makes an extra pass over the whole result, which costs as much as the multiplication saved.
 */
const absorbResultFactor: Rule = (node, { g, inputs, uses }) => {
  const position = [1, 0].find((index) => {
    const value = inputs[index];
    return value && uniformOf(value) !== undefined && value.shape.length === 0;
  });
  if (position === undefined) return undefined;
  const [factor, other] = [uniformOf(inputs[position]!)!, inputs[1 - position]!];
  const gemm = producer(other, 'Gemm');
  if (!gemm || uses(node.inputs[1 - position]!) > 1) return undefined;
  const [a, b, bias] = gemm.inputs;
  if (bias && sameShape(bias.shape, other.shape)) return undefined;
  const attributes = withAlpha(gemm.attributes, alphaOf(gemm) * factor);
  const operands = bias ? [a, b, scale(g, bias, factor)] : [a, b];
  return g.add('Gemm', operands, node.outputs, attributes);
};

/** Gemm(A, B) + bias = Gemm(A, B, bias), for a bias that broadcasts to the product's shape. */
const absorbBias: Rule = (node, { g, inputs, uses }) => {
  for (const position of [0, 1]) {
    const gemm = producer(inputs[position], 'Gemm');
    const bias = inputs[1 - position]!;
    if (!gemm || gemm.inputs.length > 2 || uses(node.inputs[position]!) > 1 || node.outputs[0]!.shape.length !== 2)
      continue;
    const [rows, columns] = node.outputs[0]!.shape as [Dimension, Dimension];
    const { shape } = bias;
    const fits = shape.length <= 2 && [1, columns].includes(shape.at(-1) ?? 1) && [1, rows].includes(shape.at(-2) ?? 1);
    if (fits) return g.add('Gemm', [...gemm.inputs, bias], node.outputs, gemm.attributes);
  }
  return undefined;
};

/** Moves a factor behind operators that commute with it, towards the product that can absorb it. */
const sinkFactor =
  (apply: (context: RewriteContext, node: Node, of: Value) => Value): Rule =>
  (node, context) => {
    const operand = scaled(context.inputs[0]);
    if (!operand) return undefined;
    return [scale(context.g, apply(context, node, operand.of), operand.factor)];
  };

/** (x · c) · d with known numbers c, d becomes one factor. */
const mergeFactors: Rule = (_, { g, inputs }) => {
  const position = [1, 0].find((index) => {
    const value = inputs[index]!;
    return uniformOf(value) !== undefined && value.shape.length === 0;
  });
  const inner = position === undefined ? undefined : scaled(inputs[1 - position]);
  if (position === undefined || !inner) return undefined;
  const factor = uniformOf(inputs[position]!)! * inner.factor;
  return [scale(g, inner.of, factor)];
};

const RULES: Readonly<Record<string, readonly Rule[]>> = {
  Gemm: [absorbOperandFactor],
  Mul: [mergeFactors, absorbResultFactor],
  Add: [absorbBias],
  Reshape: [sinkFactor(({ g, inputs }, node, of) => copyNode(g, node, [of, inputs[1]])[0]!)],
  ReduceSum: [sinkFactor(({ g, inputs }, node, of) => copyNode(g, node, [of, ...inputs.slice(1)])[0]!)],
};

/**
 * Moves biases and known factors into the matrix products they stand beside. Equal up to the rounding of a factor's place.
 * Applied twice: a factor that the first walk moved next to a product is absorbed by the second.
 */
export function fuseGemm(graph: Graph): Graph {
  const rule: Rule = (node, context) => {
    if (node.domain !== '') return undefined;
    for (const attempt of RULES[node.op] ?? []) {
      const outputs = attempt(node, context);
      if (outputs) return outputs;
    }
    return undefined;
  };
  return rewrite(rewrite(graph, rule), rule);
}
