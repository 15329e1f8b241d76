import { topologicalNodes } from './topology.ts';
import { type Graph, type Node, sizeOf, staticShape, type Value } from './value.ts';

/** Length of the axis that a matrix product sums over. */
function innerLength(node: Node): number {
  const shape = staticShape(node.inputs[0]!);
  const transposed = node.attributes.transA?.value === 1;
  return shape.at(transposed ? -2 : -1) ?? 1;
}

/** Constants above this many elements are no selections: those are small. */
const LARGEST_SELECTION = 1 << 21;

/**
 * Whether an operand is a constant with at most one element other than zero per entry of its first axis: its product moves numbers
 * (patches, reversals, pooling's unit kernels) and computes nothing.
 */
function isSelection(value: Value | undefined): boolean {
  if (value?.source.kind !== 'constant' || value.source.name !== undefined) return false;
  const { data } = value.source;
  if (data.length > LARGEST_SELECTION) return false;
  let left = Number(value.shape[0] ?? 1);
  for (let i = 0; i < data.length; i++) if (data[i] !== 0 && --left < 0) return false;
  return true;
}

const outputSize = (node: Node) => sizeOf(staticShape(node.outputs[0]!));
const productFlops = (node: Node) => 2 * outputSize(node) * innerLength(node);

/** Multiplications and additions per operator; what is not listed is not counted. */
const FLOPS: Readonly<Record<string, (node: Node) => number>> = {
  Gemm: productFlops,
  MatMul: productFlops,
  FusedMatMul: productFlops,
  // Each output element sums over the weight's channels and positions.
  Conv: (node) => 2 * outputSize(node) * sizeOf(staticShape(node.inputs[1]!).slice(1)),
  // Each input element is spread over the weight's output channels and positions.
  ConvTranspose: (node) => 2 * sizeOf(staticShape(node.inputs[0]!)) * sizeOf(staticShape(node.inputs[1]!).slice(1)),
};

/**
 * Floating-point operations of one run's matrix products and convolutions, a multiplication and an addition counting two.
 * Elementwise operators are not counted, as is usual, nor products that only move numbers.
 *
 * @param graph of fixed shapes
 */
export function countFlops(graph: Graph): number {
  return topologicalNodes(graph).reduce(
    (sum, node) => sum + (isSelection(node.inputs[1]) ? 0 : (FLOPS[node.op]?.(node) ?? 0)),
    0,
  );
}
