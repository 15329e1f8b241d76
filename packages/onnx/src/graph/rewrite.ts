import { GraphBuilder } from './builder.ts';
import { countUses, topologicalNodes } from './topology.ts';
import type { Graph, Node, Value } from './value.ts';

/** One node of the graph being rewritten. */
export interface RewriteContext {
  /** Builder of the new graph. */
  readonly g: GraphBuilder;
  /** The node's operands in the new graph. */
  readonly inputs: readonly (Value | undefined)[];
  /** How often the old graph reads a value of its own. */
  uses(oldValue: Value): number;
}

/** Gives the new values for a node's outputs, or undefined to keep the node as it is. */
export type Rule = (node: Node, context: RewriteContext) => readonly Value[] | undefined;

/** Adds a copy of a node on other operands. */
export function copyNode(g: GraphBuilder, node: Node, inputs: readonly (Value | undefined)[]): Value[] {
  return g.add(node.op, inputs, node.outputs, node.attributes, node.domain);
}

/**
 * Rebuilds a graph node by node; what nothing reads any more disappears, equal nodes merge.
 *
 * @param finish makes of the new value of an output what the graph gives, where a rule changes types
 */
export function rewrite(
  graph: Graph,
  rule: Rule,
  finish: (g: GraphBuilder, value: Value, oldValue: Value) => Value = (_, value) => value,
): Graph {
  const g = new GraphBuilder();
  const nodes = topologicalNodes(graph);
  const uses = countUses(graph, nodes);
  const renewed = new Map<Value, Value>();
  const renew = (value: Value | undefined) => (value === undefined ? undefined : (renewed.get(value) ?? value));
  for (const node of nodes) {
    const inputs = node.inputs.map(renew);
    const outputs = rule(node, { g, inputs, uses: (value) => uses.get(value) ?? 0 }) ?? copyNode(g, node, inputs);
    node.outputs.forEach((old, index) => {
      const value = outputs[index];
      if (value) renewed.set(old, value);
    });
  }
  const outputs = graph.outputs.map(({ name, value }) => ({ name, value: finish(g, renew(value)!, value) }));
  return { inputs: graph.inputs, outputs };
}
