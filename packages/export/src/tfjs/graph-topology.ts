import { UserError } from '@mfm/cli';
import { z } from 'zod';
import { whyNot } from './graph-ops.ts';

const nodeSchema = z.object({
  name: z
    .string()
    .min(1)
    .refine((name) => name !== '__proto__', 'must be a usable name'),
  op: z.string().min(1),
  input: z.array(z.string()).nullish(),
  attr: z.record(z.string(), z.unknown()).nullish(),
});

const graphSchema = z.object({ node: z.array(nodeSchema).min(1) });

const entrySchema = z.object({ name: z.string().min(1) });
const signatureSchema = z.object({
  inputs: z.record(z.string(), entrySchema).nullish(),
  outputs: z.record(z.string(), entrySchema).nullish(),
});

export type GraphNode = z.infer<typeof nodeSchema>;

/** What a signature says: names of inputs and outputs, and the tensors they stand for. */
export type Signature = z.infer<typeof signatureSchema>;

/** `^name` is a control input, `name:1` the second output, `name:output:0` the same within functions. */
export const nodeName = (tensor: string): string => tensor.replace(/^\^/, '').split(':')[0]!;

/** @throws UserError if it is not a signature */
export function parseSignature(signature: unknown, path: string): Signature | undefined {
  if (signature === undefined) return undefined;
  const parsed = signatureSchema.safeParse(signature);
  if (parsed.success) return parsed.data;
  const { path: at, message } = parsed.error.issues[0]!;
  throw new UserError(`${path}: signature.${at.join('.')}: ${message}.`);
}

function parseNodes(topology: Record<string, unknown>, path: string): Map<string, GraphNode> {
  const parsed = graphSchema.safeParse(topology);
  if (!parsed.success) {
    const { path: at, message } = parsed.error.issues[0]!;
    throw new UserError(`${path}: a graph-model's topology must be a GraphDef; ${at.join('.')}: ${message}.`);
  }
  const nodes = new Map<string, GraphNode>();
  for (const node of parsed.data.node) {
    if (nodes.has(node.name))
      throw new UserError(`${path}: every node must have a name of its own, got "${node.name}" twice.`);
    nodes.set(node.name, node);
  }
  for (const { name, input } of nodes.values()) {
    const missing = (input ?? []).find((tensor) => !nodes.has(nodeName(tensor)));
    if (missing !== undefined)
      throw new UserError(`${path}: the node "${name}" reads "${missing}", which is not in the graph.`);
  }
  return nodes;
}

/** The nodes that outputs need, inputs before readers. Loops of control flow come out in some order: their ops are refused anyway. */
function reachable(
  nodes: ReadonlyMap<string, GraphNode>,
  outputs: readonly string[],
): { order: GraphNode[]; cycle?: string } {
  const order: GraphNode[] = [];
  const state = new Map<string, 'open' | 'done'>();
  let cycle: string | undefined;
  for (const output of outputs) {
    const stack = [output];
    while (stack.length > 0) {
      const name = stack.at(-1)!;
      const node = nodes.get(name)!;
      if (state.has(name)) {
        if (state.get(name) === 'open') {
          state.set(name, 'done');
          order.push(node);
        }
        stack.pop();
        continue;
      }
      state.set(name, 'open');
      for (const tensor of node.input ?? []) {
        const source = nodeName(tensor);
        if (state.get(source) === 'open') cycle ??= source;
        else if (!state.has(source)) stack.push(source);
      }
    }
  }
  return { order, ...(cycle !== undefined && { cycle }) };
}

function refuseOps(order: readonly GraphNode[], path: string): void {
  const refused = new Map<string, Map<string, number>>();
  for (const { op } of order) {
    const reason = whyNot(op);
    if (reason === undefined) continue;
    const counts = refused.get(reason) ?? new Map<string, number>();
    refused.set(reason, counts.set(op, (counts.get(op) ?? 0) + 1));
  }
  if (refused.size === 0) return;
  const list = [...refused].map(([reason, counts]) => {
    const ops = [...counts].sort(([a], [b]) => a.localeCompare(b)).map(([op, count]) => `${op} (${count}×)`);
    return `${ops.join(', ')} (${reason})`;
  });
  throw new UserError(
    `${path}: ops that do not convert to ONNX: ${list.join('; ')}. docs/tfjs.md lists those that do.`,
  );
}

/**
 * Checks a graph-model's topology before TensorFlow.js interprets it.
 *
 * @param topology `modelTopology` of a model.json
 * @param weights names that the weights manifest holds
 * @returns the nodes that outputs need
 * @throws UserError for damage (missing or circular inputs, missing weights), and listing every op that does not convert
 */
export function checkGraphTopology(
  topology: Record<string, unknown>,
  signature: Signature | undefined,
  weights: ReadonlySet<string>,
  path: string,
): readonly GraphNode[] {
  const nodes = parseNodes(topology, path);
  const named = Object.values(signature?.outputs ?? {}).map(({ name }) => nodeName(name));
  const unknown = named.find((name) => !nodes.has(name));
  if (unknown !== undefined)
    throw new UserError(`${path}: signature.outputs names "${unknown}", which is not in the graph.`);
  const read = new Set([...nodes.values()].flatMap(({ input }) => (input ?? []).map(nodeName)));
  const outputs = named.length > 0 ? named : [...nodes.keys()].filter((name) => !read.has(name));
  const { order, cycle } = reachable(nodes, outputs);
  refuseOps(order, path);
  if (cycle !== undefined)
    throw new UserError(`${path}: nodes must not read themselves, but "${cycle}" is part of a circle.`);
  if (order.length === 0)
    throw new UserError(`${path}: a graph must have outputs, but every node is read by another: a circle.`);
  const missing = order.find(({ op, name }) => op === 'Const' && !weights.has(name));
  if (missing)
    throw new UserError(
      `${path}: the weights of the node "${missing.name}" must be in weightsManifest, but are missing.`,
    );
  return order;
}
