import { UserError } from '@mfm/cli';
import { topologicalNodes } from '../graph/topology.ts';
import type { Dimension, Graph, Node, Value } from '../graph/value.ts';
import { acceptsSingleRow, singleRow } from './batch-rows.ts';
import { type InputSpecs, type TensorFunction, type TraceOptions, trace } from './trace.ts';

/** Two batch sizes that no model's other dimension is likely to have in this proportion. */
const SIZES = [2, 3] as const;

const BATCH = 'batch';

const withBatch = (inputs: InputSpecs, batch: number): InputSpecs =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, spec]) => [
      name,
      spec.data ? spec : { ...spec, shape: [batch, ...spec.shape.slice(1)] },
    ]),
  );

/** A length that grows with the batch: `batch` itself, or a multiple of it. */
function mergeDimension(small: Dimension, large: Dimension): Dimension {
  if (small === large) return small;
  const [perSmall, perLarge] = [Number(small) / SIZES[0], Number(large) / SIZES[1]];
  return perSmall === perLarge && Number.isInteger(perSmall) ? (perSmall === 1 ? BATCH : `${perSmall}*${BATCH}`) : '?';
}

function fail(node: Node, why: string): never {
  throw new UserError(
    `traceDynamicBatch: every operator must treat images independently, but ${node.op} depends on the batch size (${why}). ` +
      'Write the function without tiling, filling or slicing along the batch, or trace it with a fixed batch.',
  );
}

/** The one constant kind that may differ between the traces: a reshape's target, whose batch-dependent length becomes −1. */
function mergeReshapeTarget(node: Node, small: Value, large: Value): Value {
  if (small.source.kind !== 'constant' || large.source.kind !== 'constant') return fail(node, 'its target is computed');
  const [a, b] = [small.source.data, large.source.data];
  const differing = [...small.source.data.keys()].filter((axis) => a[axis] !== b[axis]);
  if (differing.length > 1) fail(node, `its target [${a}] has ${differing.length} lengths that grow with the batch`);
  const data = BigInt64Array.from(a as BigInt64Array);
  data[differing[0]!] = -1n;
  return { type: 'int64', shape: small.shape, source: { kind: 'constant', data } };
}

function sameConstant(a: Value, b: Value): boolean {
  if (a.source.kind !== 'constant' || b.source.kind !== 'constant') return false;
  const [left, right] = [a.source.data, b.source.data];
  if (left === right) return true;
  if (left.length !== right.length || a.type !== b.type) return false;
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false;
  return true;
}

const isConstant = (value: Value) => value.source.kind === 'constant';

/** Whether two values differ in the length of their first axis alone, and that by the batch. */
function differInBatch({ shape }: Value, other: Value): boolean {
  return (
    shape.length === other.shape.length &&
    Number(shape[0]) * SIZES[1] === Number(other.shape[0]) * SIZES[0] &&
    shape.every((length, axis) => axis === 0 || length === other.shape[axis])
  );
}

/** One row in place of two constants whose rows are all equal, and equal in both traces. */
function mergeRows(small: Value, large: Value): Value | undefined {
  const [row, other] = [singleRow(small), singleRow(large)];
  return row && other && small.type === large.type && differInBatch(small, large) && sameConstant(row, other)
    ? row
    : undefined;
}

/** A repetition along the batch of what has one row: left out, as the row broadcasts. */
function mergeRepetition(node: Node, small: Value, large: Value): Value | undefined {
  const data =
    node.inputs[0] && node.inputs[0].shape.length === Number(small.shape[0]) && node.inputs[0].shape[0] === 1;
  if (!data || small.source.kind !== 'constant' || large.source.kind !== 'constant') return undefined;
  const [a, b] = [small.source.data, large.source.data] as [BigInt64Array, BigInt64Array];
  if (Number(a[0]) !== SIZES[0] || Number(b[0]) !== SIZES[1] || a.slice(1).some((n, i) => n !== b[i + 1]))
    return undefined;
  return { type: 'int64', shape: small.shape, source: { kind: 'constant', data: BigInt64Array.of(1n, ...a.slice(1)) } };
}

/** Operators whose second operand, a constant, says how to repeat the first. */
const REPEATING = new Set(['Tile', 'Expand']);

/** Joins two traces of one function, node by node, into a graph whose batch is open. */
class Unification {
  readonly #joined = new Map<Value, Value>();
  /** Values of the small trace to those of the large one. */
  readonly #counterparts = new Map<Value, Value>();
  /** Values of the small trace that have one row in place of the batch. */
  readonly #single = new Set<Value>();

  input(small: Value, large: Value): Value {
    return this.#set(small, large, { ...small, shape: this.#shape(small, large) });
  }

  node(node: Node, other: Node): void {
    if (node.op !== other.op) fail(node, `it is ${other.op} for another batch size`);
    if (JSON.stringify(node.attributes) !== JSON.stringify(other.attributes)) fail(node, 'its attributes differ');
    const single = new Set<number>();
    let repeats = false;
    const operands = node.inputs.map((value, position) => {
      const counterpart = other.inputs[position];
      if (!value || !counterpart) return value;
      if (!isConstant(value)) {
        if (this.#counterparts.get(value) !== counterpart)
          fail(node, `operand ${position} is another value for another batch size`);
        if (this.#single.has(value)) single.add(position);
        return this.#joined.get(value)!;
      }
      if (sameConstant(value, counterpart)) return value;
      if (node.op === 'Reshape' && position === 1) return mergeReshapeTarget(node, value, counterpart);
      if (REPEATING.has(node.op) && position === 1) {
        const target = mergeRepetition(node, value, counterpart);
        repeats = target !== undefined;
        if (target) return target;
      }
      const row = mergeRows(value, counterpart);
      if (row) single.add(position);
      return row ?? fail(node, `operand ${position} is a constant of shape [${value.shape}]`);
    });
    const isSingle = repeats || (single.size > 0 && !this.#hasBatch(node, other, single));
    const isFull = (position: number) => node.inputs[position]!.shape.length === node.outputs[0]!.shape.length;
    if (single.size > 0 && (!acceptsSingleRow(node, single) || (isSingle && ![...single].every(isFull))))
      fail(node, 'it reads what is the same for every image, repeated');
    this.#copy(node, other, operands, isSingle);
  }

  output(name: string, small: Value, large: Value): Value {
    const merged = this.#joined.get(small);
    if (this.#single.has(small) || (!merged && !sameConstant(small, large))) {
      throw new UserError(`traceDynamicBatch: output "${name}" must not be a constant that depends on the batch size.`);
    }
    return merged ?? small;
  }

  /** Whether an operand brings the batch with it, that those of one row broadcast to. */
  #hasBatch(node: Node, other: Node, single: ReadonlySet<number>): boolean {
    const ranks = [...single].map((position) => node.inputs[position]!.shape.length);
    return ranks.every((rank) =>
      node.inputs.some(
        (value, position) =>
          value !== undefined &&
          !single.has(position) &&
          value.shape.at(-rank) !== other.inputs[position]!.shape.at(-rank),
      ),
    );
  }

  #copy(node: Node, other: Node, operands: readonly (Value | undefined)[], isSingle: boolean): void {
    const copy: Node = { ...node, inputs: operands, outputs: [] };
    node.outputs.forEach((output, index) => {
      const shape = isSingle ? [1, ...output.shape.slice(1)] : this.#shape(output, other.outputs[index]!);
      const value: Value = { type: output.type, shape, source: { kind: 'node', node: copy, index } };
      copy.outputs.push(this.#set(output, other.outputs[index]!, value));
      if (isSingle) this.#single.add(output);
    });
  }

  #set(small: Value, large: Value, value: Value): Value {
    this.#joined.set(small, value);
    this.#counterparts.set(small, large);
    return value;
  }

  #shape(small: Value, large: Value): Dimension[] {
    return small.shape.map((length, axis) => mergeDimension(length, large.shape[axis]!));
  }
}

/** Walks two traces of one function in step and joins them into a graph whose batch is open. */
function unify(small: Graph, large: Graph): Graph {
  const [nodes, others] = [topologicalNodes(small), topologicalNodes(large)];
  if (nodes.length !== others.length) {
    throw new UserError(
      'traceDynamicBatch: the function must record the same operators for every batch size. Trace it with a fixed batch.',
    );
  }
  const unification = new Unification();
  const inputs = small.inputs.map((value, index) => unification.input(value, large.inputs[index]!));
  nodes.forEach((node, index) => {
    unification.node(node, others[index]!);
  });
  const outputs = small.outputs.map(({ name, value }, index) => ({
    name,
    value: unification.output(name, value, large.outputs[index]!.value),
  }));
  return { inputs, outputs };
}

/**
 * Traces a function whose inputs and outputs all have the batch as their first axis, and leaves that axis open (`batch`).
 * The function is recorded at two batch sizes; only the targets of reshapes may differ, and get −1 in the batch's place:
 * the file needs no Shape, Expand or Equal chains.
 *
 * @param inputs as for {@link trace}; the first length of an input without `data` is ignored
 * @param options as for {@link trace}
 * @throws UserError naming the operator that depends on the batch size otherwise
 */
export function traceDynamicBatch(fn: TensorFunction, inputs: InputSpecs, options: TraceOptions = {}): Graph {
  return unify(trace(fn, withBatch(inputs, SIZES[0]), options), trace(fn, withBatch(inputs, SIZES[1]), options));
}
