import type { Graph, Node, Value } from './value.ts';

/**
 * The graph's live nodes in an order in which every node follows its inputs: dead code is what the walk never reaches.
 * Depth first from the outputs in turn, so that chains which end early (one parameter's update) stay together in memory.
 * Iterative: training graphs are deeper than the call stack.
 */
export function topologicalNodes(graph: Graph): Node[] {
  const order: Node[] = [];
  const state = new Map<Node, 'open' | 'done'>();
  for (const { value } of graph.outputs) {
    const stack: Node[] = value.source.kind === 'node' ? [value.source.node] : [];
    while (stack.length > 0) {
      const node = stack.at(-1)!;
      if (state.has(node)) {
        if (state.get(node) === 'open') {
          state.set(node, 'done');
          order.push(node);
        }
        stack.pop();
        continue;
      }
      state.set(node, 'open');
      for (const input of [...node.inputs].reverse()) {
        if (input?.source.kind === 'node' && !state.has(input.source.node)) stack.push(input.source.node);
      }
    }
  }
  return order;
}

/** How often each value is read by live nodes or is an output. */
export function countUses(graph: Graph, nodes: readonly Node[]): Map<Value, number> {
  const uses = new Map<Value, number>();
  const add = (value: Value) => uses.set(value, (uses.get(value) ?? 0) + 1);
  for (const node of nodes) for (const input of node.inputs) if (input) add(input);
  for (const { value } of graph.outputs) add(value);
  return uses;
}

/** The constants that live nodes or outputs read, each once, in order of first use. */
export function liveConstants(graph: Graph, nodes: readonly Node[]): Value[] {
  const constants = new Set<Value>();
  const visit = (value: Value | undefined) => {
    if (value?.source.kind === 'constant') constants.add(value);
  };
  for (const node of nodes) node.inputs.forEach(visit);
  for (const { value } of graph.outputs) visit(value);
  return [...constants];
}
