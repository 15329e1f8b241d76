import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/value.ts';

/** What a kernel's lowering sees: the operands as graph values and the attributes TensorFlow.js passes. */
export interface LoweringContext {
  readonly g: GraphBuilder;
  /** Operand by TensorFlow.js's name for it; throws when it is missing. */
  input(name: string): Value;
  /** Operand that may be absent. */
  optional(name: string): Value | undefined;
  /** All operands of a kernel that takes a list (Concat, Pack, AddN). */
  list(): Value[];
  /** Attributes as TensorFlow.js's kernel passes them; each lowering names the type of its own. */
  // biome-ignore lint/suspicious/noExplicitAny: kernels have 150 attribute types, and NamedAttrMap loses them at the source.
  readonly attrs: any;
}

/** Turns one TensorFlow.js kernel call into graph values: the kernel's outputs, of TensorFlow.js's types and shapes. */
export type Lowering = (context: LoweringContext) => Value | Value[];

/** A family of kernels: one row each. */
export type LoweringTable = Readonly<Record<string, Lowering>>;

/** Makes the view of one kernel call. */
export function toContext(g: GraphBuilder, inputs: Record<string, Value>, attrs: unknown): LoweringContext {
  return {
    g,
    input(name) {
      const value = inputs[name];
      if (!value)
        throw new Error(`input: kernel must have the operand "${name}", got ${Object.keys(inputs).join(', ')}.`);
      return value;
    },
    optional: (name) => inputs[name],
    list: () => Object.values(inputs),
    attrs,
  };
}
