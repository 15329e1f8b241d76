import { topologicalNodes } from './topology.ts';
import { type Graph, type Node, sizeOf, staticShape } from './value.ts';

/** Length of the axis that a matrix product sums over. */
function innerLength(node: Node): number {
  const shape = staticShape(node.inputs[0]!);
  const transposed = node.attributes.transA?.value === 1;
  return shape.at(transposed ? -2 : -1) ?? 1;
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
 * Elementwise operators are not counted, as is usual.
 *
 * @param graph of fixed shapes
 */
export function countFlops(graph: Graph): number {
  return topologicalNodes(graph).reduce((sum, node) => sum + (FLOPS[node.op]?.(node) ?? 0), 0);
}
