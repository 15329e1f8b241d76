import type { GraphBuilder } from '../builder.ts';
import { scalar } from '../operators/creation.ts';
import { MICROSOFT } from '../operators/linear-algebra.ts';
import { shapeConstant, transpose } from '../operators/movement.ts';
import { type Rule, rewrite } from '../rewrite.ts';
import type { Graph, Value } from '../value.ts';

/** Which operators a file may hold. */
export interface TargetOptions {
  /** Version of the standard operator set. */
  readonly opset: number;
  /** 'standard' files run in any runtime; 'onnxruntime' files may hold its own faster operators. */
  readonly target: 'standard' | 'onnxruntime';
}

function swapLast(g: GraphBuilder, x: Value): Value {
  const axes = x.shape.map((_, axis) => axis);
  return transpose(g, x, [...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
}

const flag = (attribute: { kind: string; value: unknown } | undefined) => attribute?.value === 1;

/** FusedMatMul = α · op(A) op(B) by standard operators. */
const splitFusedMatMul: Rule = (node, { g, inputs }) => {
  const [a, b] = inputs as [Value, Value];
  const { transA, transB, alpha } = node.attributes;
  // The operator's own output shape holds for the product too, with an open batch as well.
  const operands = [flag(transA) ? swapLast(g, a) : a, flag(transB) ? swapLast(g, b) : b];
  const [product] = g.add('MatMul', operands, node.outputs);
  return alpha?.kind === 'float' ? g.add('Mul', [product, scalar(g, a.type, alpha.value)], node.outputs) : [product!];
};

/** From opset 18 on, every reduction takes its axes as an input. */
const axesAsInput: Rule = (node, { g, inputs }) => {
  const { axes, ...attributes } = node.attributes;
  if (axes?.kind !== 'ints') return undefined;
  return g.add(node.op, [inputs[0], shapeConstant(g, axes.value)], node.outputs, attributes);
};

const REDUCTIONS_WITH_ATTRIBUTE = new Set(['ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceProd', 'ReduceSumSquare']);

/** Replaces operators that the target does not have. */
export function legalize(graph: Graph, { opset, target }: TargetOptions): Graph {
  return rewrite(graph, (node, context) => {
    if (node.domain === MICROSOFT && target === 'standard') return splitFusedMatMul(node, context);
    if (opset >= 18 && REDUCTIONS_WITH_ATTRIBUTE.has(node.op)) return axesAsInput(node, context);
    return undefined;
  });
}
