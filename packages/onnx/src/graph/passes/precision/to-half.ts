import type { GraphBuilder } from '../../builder.ts';
import { fromFloat16, MAX_FLOAT16, toFloat16 } from '../../float16.ts';
import { cast } from '../../operators/elementwise.ts';
import { rewrite } from '../../rewrite.ts';
import { topologicalNodes } from '../../topology.ts';
import type { ElementType, Graph, Node, Value } from '../../value.ts';
import { createTreatment } from './half-operators.ts';

export interface HalfOptions {
  /** Constants nearer to zero than this, but not zero, become this: default 1e-7, as onnxconverter-common's `min_positive_val`. */
  readonly minPositive?: number;
  /** Finite constants beyond this become this: default 65504, the greatest float16. Infinity stays. */
  readonly maxFinite?: number;
}

export interface HalfGraph {
  readonly graph: Graph;
  /** Operators that work in float16, and those that stay float32. */
  readonly halfNodes: number;
  readonly floatNodes: number;
  /** Conversions that were added. */
  readonly casts: number;
  /** Elements of constants moved into the range. */
  readonly clamped: number;
}

const FLOAT32: ElementType = 'float32';

/** Positions of a node's operands that become float16 with it. */
function halfOperands(node: Node, keep: readonly number[] = []): number[] {
  return node.inputs.flatMap((value, position) =>
    value?.type === FLOAT32 && !keep.includes(position) ? [position] : [],
  );
}

/** For each node that works in float16, the positions of its float16 operands. */
function planNodes(nodes: readonly Node[]): Map<Node, readonly number[]> {
  const treatmentOf = createTreatment();
  const plan = new Map<Node, readonly number[]>();
  const isHalf = (value: Value) => value.source.kind === 'node' && plan.has(value.source.node);
  for (const node of nodes) {
    const { treatment, keep } = treatmentOf(node);
    if (treatment === 'float') continue;
    const positions = halfOperands(node, keep);
    const computed = positions.map((at) => node.inputs[at]!).filter(({ source }) => source.kind !== 'constant');
    if (positions.length === 0 || (treatment === 'follow' && computed.length > 0 && !computed.some(isHalf))) continue;
    plan.set(node, positions);
  }
  return plan;
}

/** Named constants that float32 operators read: they stay float32, and what reads them in float16 too shares one cast. */
function floatConstants(graph: Graph, nodes: readonly Node[], plan: ReadonlyMap<Node, readonly number[]>): Set<Value> {
  const kept = new Set<Value>(graph.outputs.map(({ value }) => value));
  for (const node of nodes) {
    node.inputs.forEach((value, position) => {
      if (value && !plan.get(node)?.includes(position)) kept.add(value);
    });
  }
  return kept;
}

/** Types from which a float16 is as exact as by way of float32. */
const EXACT_IN_HALF: readonly ElementType[] = ['bool', 'uint8', 'int8'];

/**
 * Converts a graph to float16: weights and activations of the operators in `half-operators.ts`; inputs and outputs stay float32, and so do the
 * Fourier transforms, softmax, normalisations, long reductions and whatever has no row in that table. Every value is converted at most
 * once, between operators of the same precision nothing is. Values that are not float32 are left alone.
 *
 * Constants are clamped as onnxconverter-common does (`min_positive_val`, `max_finite_val`).
 */
export function toHalf(graph: Graph, { minPositive = 1e-7, maxFinite = MAX_FLOAT16 }: HalfOptions = {}): HalfGraph {
  const nodes = topologicalNodes(graph);
  const plan = planNodes(nodes);
  const kept = floatConstants(graph, nodes, plan);
  const halves = new Map<Value, Value>();
  let clamped = 0;

  const smallest = fromFloat16(toFloat16(minPositive));
  const convert = (value: number): number => {
    const size = Math.abs(value);
    const inRange =
      size > maxFinite && size !== Number.POSITIVE_INFINITY
        ? maxFinite
        : size > 0 && size < minPositive
          ? smallest
          : size;
    if (inRange !== size && !Number.isNaN(size)) clamped++;
    return toFloat16(inRange === size ? value : Math.sign(value) * inRange);
  };

  const convertValue = (g: GraphBuilder, value: Value): Value => {
    const { source, shape } = value;
    if (source.kind === 'constant' && (source.name === undefined || !kept.has(value))) {
      const data = Uint16Array.from(source.data as Float32Array, convert);
      return g.constant('float16', shape as number[], data, source.name);
    }
    const origin = source.kind === 'node' && source.node.op === 'Cast' ? source.node.inputs[0] : undefined;
    return cast(g, origin && EXACT_IN_HALF.includes(origin.type) ? origin : value, 'float16');
  };
  const half = (g: GraphBuilder, value: Value): Value => {
    const known = halves.get(value);
    if (known) return known;
    const converted = convertValue(g, value);
    halves.set(value, converted);
    return converted;
  };
  const single = (g: GraphBuilder, value: Value, old: Value) =>
    old.type === FLOAT32 && value.type === 'float16' ? cast(g, value, FLOAT32) : value;

  const rewritten = rewrite(
    graph,
    (node, { g, inputs }) => {
      const positions = plan.get(node);
      const operands = inputs.map((value, at) => {
        if (!value) return value;
        if (!positions) return node.op === 'Cast' ? value : single(g, value, node.inputs[at]!);
        return positions.includes(at) && value.type === FLOAT32 ? half(g, value) : value;
      });
      const type = (own: ElementType): ElementType => (positions && own === FLOAT32 ? 'float16' : own);
      const outputs = node.outputs.map(({ type: own, shape }) => ({ type: type(own), shape }));
      return g.add(node.op, operands, outputs, node.attributes, node.domain);
    },
    single,
  );
  const after = topologicalNodes(rewritten);
  const countCasts = (all: readonly Node[]) => all.filter(({ op }) => op === 'Cast').length;
  return {
    graph: rewritten,
    halfNodes: plan.size,
    floatNodes: nodes.length - plan.size,
    casts: countCasts(after) - countCasts(nodes),
    clamped,
  };
}
