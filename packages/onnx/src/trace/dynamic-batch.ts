import { UserError } from '@mfm/cli';
import { topologicalNodes } from '../graph/topology.ts';
import type { Dimension, Graph, Node, Value } from '../graph/value.ts';
import { type InputSpecs, type TensorFunction, trace } from './trace.ts';

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

/** Walks two traces of one function in step and joins them into a graph whose batch is open. */
function unify(small: Graph, large: Graph): Graph {
  const [nodes, others] = [topologicalNodes(small), topologicalNodes(large)];
  const joined = new Map<Value, Value>();
  /** Values of the small trace to those of the large one. */
  const counterparts = new Map<Value, Value>();
  const join = (a: Value, b: Value) => ({
    ...a,
    shape: a.shape.map((length, axis) => mergeDimension(length, b.shape[axis]!)),
  });
  const inputs = small.inputs.map((value, index) => {
    const merged = join(value, large.inputs[index]!);
    joined.set(value, merged);
    counterparts.set(value, large.inputs[index]!);
    return merged;
  });
  if (nodes.length !== others.length) {
    throw new UserError(
      'traceDynamicBatch: the function must record the same operators for every batch size. Trace it with a fixed batch.',
    );
  }
  for (const [index, node] of nodes.entries()) {
    const other = others[index]!;
    if (node.op !== other.op) fail(node, `it is ${other.op} for another batch size`);
    if (JSON.stringify(node.attributes) !== JSON.stringify(other.attributes)) fail(node, 'its attributes differ');
    const operands = node.inputs.map((value, position) => {
      const counterpart = other.inputs[position];
      if (!value || !counterpart) return value;
      if (value.source.kind !== 'constant') {
        if (counterparts.get(value) !== counterpart)
          fail(node, `operand ${position} is another value for another batch size`);
        return joined.get(value)!;
      }
      if (sameConstant(value, counterpart)) return value;
      if (node.op === 'Reshape' && position === 1) return mergeReshapeTarget(node, value, counterpart);
      return fail(node, `operand ${position} is a constant of shape [${value.shape}]`);
    });
    const copy: Node = { ...node, inputs: operands, outputs: [] };
    node.outputs.forEach((output, position) => {
      const { shape } = join(output, other.outputs[position]!);
      const value: Value = { type: output.type, shape, source: { kind: 'node', node: copy, index: position } };
      copy.outputs.push(value);
      joined.set(output, value);
      counterparts.set(output, other.outputs[position]!);
    });
  }
  const outputs = small.outputs.map(({ name, value }, index) => {
    const merged = joined.get(value);
    if (!merged && !sameConstant(value, large.outputs[index]!.value)) {
      throw new UserError(`traceDynamicBatch: output "${name}" must not be a constant that depends on the batch size.`);
    }
    return { name, value: merged ?? value };
  });
  return { inputs, outputs };
}

/**
 * Traces a function whose inputs and outputs all have the batch as their first axis, and leaves that axis open (`batch`).
 * The function is recorded at two batch sizes; only the targets of reshapes may differ, and get −1 in the batch's place:
 * the file needs no Shape, Expand or Equal chains.
 *
 * @param inputs as for {@link trace}; the first length of an input without `data` is ignored
 * @throws UserError naming the operator that depends on the batch size otherwise
 */
export function traceDynamicBatch(fn: TensorFunction, inputs: InputSpecs): Graph {
  return unify(trace(fn, withBatch(inputs, SIZES[0])), trace(fn, withBatch(inputs, SIZES[1])));
}
