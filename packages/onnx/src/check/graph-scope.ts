import type { ValueType } from './value-type.ts';

/** Names that a graph's nodes may read: its own so far, and those around it. */
export class GraphScope {
  readonly #own = new Map<string, ValueType>();
  readonly #outer: GraphScope | undefined;

  constructor(outer?: GraphScope) {
    this.#outer = outer;
  }

  find(name: string): ValueType | undefined {
    return this.#own.get(name) ?? this.#outer?.find(name);
  }

  /** Whether the graph itself gives the name already. */
  owns(name: string): boolean {
    return this.#own.has(name);
  }

  set(name: string, type: ValueType): void {
    this.#own.set(name, type);
  }
}
