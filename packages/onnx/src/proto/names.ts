import type { Graph, Node, Value } from '../graph/value.ts';
import { nodeScopes } from './scopes.ts';

const nameOf = (value: Value | undefined): string | undefined => {
  if (value?.source.kind === 'constant') return value.source.name;
  return value?.source.kind === 'input' ? value.source.name : undefined;
};

/** Unique readable names: of each node, and of each value that nodes read or give. */
export class Names {
  readonly #values = new Map<Value, string>();
  readonly #taken = new Map<string, number>();
  readonly #outputs = new Set<string>();
  readonly #scopes: ReadonlyMap<Node, string>;

  /** @param nodes of the graph, in the order in which they are written */
  constructor(graph: Graph, nodes: readonly Node[]) {
    this.#scopes = nodeScopes(graph, nodes);
    for (const value of graph.inputs) this.#set(value, nameOf(value)!);
    for (const { name, value } of graph.outputs) {
      this.#taken.set(name, 1);
      this.#outputs.add(name);
      if (value.source.kind === 'node' && !this.#values.has(value)) this.#values.set(value, name);
    }
  }

  /** A node's name; its outputs are named after it unless they are the graph's own outputs. */
  node(node: Node): string {
    const name = this.#unique(`${this.#scopes.get(node) ?? ''}/${node.op}`);
    node.outputs.forEach((output, index) => {
      if (!this.#values.has(output)) this.#values.set(output, `${name}_output_${index}`);
    });
    return name;
  }

  constant(value: Value): string {
    const name = nameOf(value) ?? 'constant';
    // A parameter may be called like an output: `cls_token`.
    const isFree = nameOf(value) !== undefined && !this.#outputs.has(name);
    return this.#set(value, isFree ? name : this.#unique(name));
  }

  /** Gives a value the name of another, whose content is the same. */
  alias(value: Value, of: Value): void {
    this.#values.set(value, this.value(of));
  }

  value(value: Value | undefined): string {
    if (!value) return '';
    const name = this.#values.get(value);
    if (name === undefined) throw new Error('value: must be named before it is read.');
    return name;
  }

  #set(value: Value, name: string): string {
    this.#values.set(value, name);
    this.#taken.set(name, 1);
    return name;
  }

  #unique(stem: string): string {
    const count = this.#taken.get(stem) ?? 0;
    this.#taken.set(stem, count + 1);
    return count === 0 ? stem : this.#unique(`${stem}_${count}`);
  }
}
