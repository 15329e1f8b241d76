import { UserError } from '@mfm/cli';
import type { GraphBuilder } from '../builder.ts';
import { scalar } from '../operators/creation.ts';
import { MICROSOFT } from '../operators/linear-algebra.ts';
import { PROJECT } from '../operators/max-pool-gradient.ts';
import { shapeConstant, transpose } from '../operators/movement.ts';
import { type Rule, rewrite } from '../rewrite.ts';
import type { Graph, Value } from '../value.ts';
import { decomposeBatchNorm } from './decompose-batch-norm.ts';
import { decomposeLayerNorm } from './decompose-layer-norm.ts';
import { depthwiseAsImages } from './depthwise-as-images.ts';
import { compareWindows, scatterToIndices } from './lower-max-pool-gradient.ts';

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

/** The operator set that brought scatters that add. */
const ADDING_SCATTER_SINCE = 16;

/** Before it scatters only replace: what is added at one place twice would be lost. */
const needsAddingScatter: Rule = (node) => {
  const { reduction } = node.attributes;
  if (reduction === undefined || reduction.value === 'none') return undefined;
  throw new UserError(
    `legalize: ${node.op} with reduction "${reduction.value}" needs opset 16, got an older one. Choose --opset 16 or above.`,
  );
};

/** What operator sets before a version, or from a version on, have to be written otherwise. */
interface Change {
  readonly before?: number;
  readonly from?: number;
  readonly rule: Rule;
}

/** Changes of the standard operators between the operator sets 13 and 23 that graphs of this project meet, by operator. */
const CHANGES: Readonly<Record<string, Change>> = {
  LayerNormalization: { before: 17, rule: decomposeLayerNorm },
  ScatterElements: { before: ADDING_SCATTER_SINCE, rule: needsAddingScatter },
  ScatterND: { before: ADDING_SCATTER_SINCE, rule: needsAddingScatter },
  // ReduceSum's axes are an input since opset 13.
  ...Object.fromEntries(
    ['Mean', 'Max', 'Min', 'Prod', 'SumSquare', 'L1', 'L2', 'LogSum', 'LogSumExp'].map((name) => [
      `Reduce${name}`,
      { from: 18, rule: axesAsInput },
    ]),
  ),
};

/** Replaces operators that the target does not have, and this project's own. */
export function legalize(graph: Graph, { opset, target }: TargetOptions): Graph {
  const poolGradient = target === 'onnxruntime' && opset >= ADDING_SCATTER_SINCE ? scatterToIndices : compareWindows;
  const batchNorm = decomposeBatchNorm(opset);
  return rewrite(graph, (node, context) => {
    if (node.domain === PROJECT) return poolGradient(node, context);
    if (target === 'standard') {
      if (node.domain === MICROSOFT) return splitFusedMatMul(node, context);
      if (node.op === 'BatchNormalization') return batchNorm(node, context);
      if (node.op === 'Conv') return depthwiseAsImages(node, context);
    }
    const change = node.domain === '' ? CHANGES[node.op] : undefined;
    const applies = change && opset < (change.before ?? Number.POSITIVE_INFINITY) && opset >= (change.from ?? 0);
    return applies ? change.rule(node, context) : undefined;
  });
}
