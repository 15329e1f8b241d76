import { countUses, topologicalNodes } from '../../topology.ts';
import type { Graph, Node, Value } from '../../value.ts';
import { isFourierMatrix } from '../fourier-matrix.ts';
import { type Quantizable, quantizable } from './quantizable.ts';

export interface QuantizePlanOptions {
  /** Products of two activations too: attention's, which lose more by it than all weights. Default false. */
  readonly attention?: boolean;
  /** Operators whose weight's name contains one of these stay in float32. */
  readonly keep?: readonly string[];
}

/** What of a graph is quantised. */
export interface QuantizePlan {
  readonly nodes: ReadonlyMap<Node, Quantizable>;
  /** The activations that are quantised, each once, in the graph's order: those that need a range. */
  readonly activations: readonly Value[];
}

/** Operators that ONNX Runtime takes into the quantisation of their result. */
const CLAMPS = new Set(['Relu']);

const nameOf = (value: Value | undefined) => (value?.source.kind === 'constant' ? value.source.name : undefined);

/** The value that is quantised as a node's result: behind its ReLU, if that is all that reads it. */
function resultOf(node: Node, readers: ReadonlyMap<Value, readonly Node[]>, uses: ReadonlyMap<Value, number>): Value {
  const [value] = node.outputs as [Value];
  const [reader] = readers.get(value) ?? [];
  return reader && uses.get(value) === 1 && CLAMPS.has(reader.op) ? reader.outputs[0]! : value;
}

function readersOf(nodes: readonly Node[]): Map<Value, Node[]> {
  const readers = new Map<Value, Node[]>();
  for (const node of nodes) {
    for (const value of node.inputs) if (value) readers.set(value, [...(readers.get(value) ?? []), node]);
  }
  return readers;
}

/**
 * Chooses the operators and activations to quantise: products and convolutions with a constant weight, and (if `attention` is true)
 * products of two activations. Fourier transforms stay as they are: a spectrum spans more than 8 bits can tell apart.
 */
export function planQuantization(
  graph: Graph,
  { attention = false, keep = [] }: QuantizePlanOptions = {},
): QuantizePlan {
  const all = topologicalNodes(graph);
  const [readers, uses] = [readersOf(all), countUses(graph, all)];
  const nodes = new Map<Node, Quantizable>();
  const activations = new Set<Value>();
  for (const node of all) {
    const found = quantizable(node);
    if (!found || (!found.weight && !attention)) continue;
    const weight = found.weight && node.inputs[found.weight.position];
    if (keep.some((part) => nameOf(weight)?.includes(part)) || (weight && isFourierMatrix(weight))) continue;
    nodes.set(node, found);
    for (const position of found.activations) activations.add(node.inputs[position]!);
    if (found.result) activations.add(resultOf(node, readers, uses));
  }
  return { nodes, activations: [...activations] };
}
