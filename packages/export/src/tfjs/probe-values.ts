import { type Graph, type HostTensors, type Node, topologicalNodes, type Value } from '@mfm/onnx';
import { uniformStream } from '../probe/uniform-stream.ts';
import type { ResolvedInputs } from './input-shapes.ts';

/** Operators that hand indices on. */
const HANDS_ON = new Set([
  'Cast',
  'Reshape',
  'Transpose',
  'Squeeze',
  'Unsqueeze',
  'Slice',
  'Floor',
  'Identity',
  'Where',
  'Gather',
]);

/** The inputs that a value's elements are taken from unchanged. */
function originsOf(value: Value | undefined, depth = 0): string[] {
  if (value?.source.kind === 'input') return [value.source.name];
  if (value?.source.kind !== 'node' || depth > 16 || !HANDS_ON.has(value.source.node.op)) return [];
  return value.source.node.inputs.flatMap((operand) => originsOf(operand, depth + 1));
}

/** What a node reads as an index, and below what it must lie: an entry of a table, or a number compared with 0, 1, 2 … */
function indexOf({ op, inputs, attributes }: Node): [Value | undefined, number] | undefined {
  const [data, other] = inputs;
  if (op === 'Gather') return [other, Number(data?.shape[Number(attributes.axis?.value ?? 0)])];
  if (op === 'GatherND')
    return [other, Math.min(...(data?.shape ?? []).slice(0, Number(other?.shape.at(-1))).map(Number))];
  const isCount =
    op === 'Equal' && other?.source.kind === 'constant' && other.type === 'int32' && other.shape.length === 1;
  return isCount ? [data, Number(other.shape[0])] : undefined;
}

/** Inputs that are indices, with the number below which they must lie. */
function indexLimits(graph: Graph): Map<string, number> {
  const limits = new Map<string, number>();
  for (const node of topologicalNodes(graph)) {
    const [value, length] = indexOf(node) ?? [undefined, 0];
    for (const name of originsOf(value)) limits.set(name, Math.min(limits.get(name) ?? Infinity, length));
  }
  return limits;
}

/** How an input is filled: numbers in [−1, 1), indices of a table, pixels 0 to 255, or 0 and 1. */
function drawerFor(dtype: string, rank: number, limit: number | undefined): (random: number) => number {
  if (limit !== undefined) return (random) => Math.floor(random * limit);
  if (dtype === 'float32') return (random) => 2 * random - 1;
  return dtype === 'int32' && rank >= 3 ? (random) => Math.floor(random * 256) : (random) => Math.floor(random * 2);
}

const ARRAYS = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

/**
 * Deterministic made-up inputs of a converted model.
 *
 * @param graph the traced model: tells which inputs are indices
 * @param batch first length of every input, where the batch is open
 */
export function probeValues(
  graph: Graph,
  { specs, isDynamic }: ResolvedInputs,
  batch: number,
  seed: number,
): HostTensors {
  const limits = indexLimits(graph);
  const entries = Object.entries(specs).map(([name, { shape, dtype }], position) => {
    const dims = isDynamic ? [batch, ...shape.slice(1)] : [...shape];
    const random = uniformStream(seed + 104729 * position);
    const draw = drawerFor(dtype, dims.length, limits.get(name));
    const size = dims.reduce((product, length) => product * length, 1);
    return [name, { type: dtype, dims, data: new ARRAYS[dtype](size).map(() => draw(random())) }] as const;
  });
  return Object.fromEntries(entries);
}
