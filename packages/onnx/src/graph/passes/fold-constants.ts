import { evaluate } from '../evaluate/evaluate.ts';
import type { Known } from '../evaluate/strided.ts';
import { copyNode, type Rule, rewrite } from '../rewrite.ts';
import { liveConstants, topologicalNodes } from '../topology.ts';
import { type Graph, type Node, sizeOf, staticShape, type Value } from '../value.ts';
import { foldedName, type Origin } from './folded-name.ts';

/** A result may have this many elements more than its operands have: a position table may be spread, a plane not be filled. */
const LARGEST_GROWTH = 1 << 22;

const known = (value: Value): Known | undefined =>
  value.source.kind === 'constant'
    ? { type: value.type, shape: staticShape(value), data: value.source.data }
    : undefined;

/** Operators that give their first operand's elements in the same order. */
const VIEWS = new Set(['Reshape', 'Squeeze', 'Unsqueeze', 'Identity']);

function originOf(node: Node, inputs: readonly (Value | undefined)[], origins: ReadonlyMap<Value, Origin>): Origin {
  const parts = inputs.flatMap((value): Origin[] => {
    if (value?.source.kind !== 'constant') return [];
    if (value.source.name !== undefined) return [{ parameters: [value.source.name], isView: true }];
    return origins.has(value) ? [origins.get(value)!] : [];
  });
  return {
    parameters: [...new Set(parts.flatMap(({ parameters }) => parameters))],
    isView: VIEWS.has(node.op) && parts[0]?.isView === true,
  };
}

/** Computes nodes whose operands are all constants, named ones included; where the result comes from parameters, notes from which. */
function computeConstants(graph: Graph, origins: Map<Value, Origin>): Graph {
  const rule: Rule = (node, { g, inputs }) => {
    if (node.domain !== '' || node.outputs.length !== 1 || inputs.length === 0) return undefined;
    const operands = inputs.map((value) => value && known(value));
    if (operands.some((operand, index) => inputs[index] && !operand)) return undefined;
    const { shape } = node.outputs[0]!;
    const lengths = shape.map(Number);
    const given = operands.reduce((sum, operand) => sum + (operand?.data.length ?? 0), 0);
    if (lengths.every(Number.isInteger) && sizeOf(lengths) > given + LARGEST_GROWTH) return undefined;
    const result = evaluate(node.op, operands, node.attributes);
    if (!result || result.data.length > given + LARGEST_GROWTH) return undefined;
    const value = g.constant(result.type, result.shape as number[], result.data);
    const origin = originOf(node, inputs, origins);
    if (origin.parameters.length > 0) origins.set(value, origin);
    return [value];
  };
  return rewrite(graph, rule);
}

/** Gives the constants that come from parameters their names, at the first node that reads them. */
function nameConstants(graph: Graph, origins: ReadonlyMap<Value, Origin>): Graph {
  const named = new Map<Value, Value>();
  // What keeps its own name has it already: no folded constant may take it.
  const taken = new Set(
    liveConstants(graph, topologicalNodes(graph)).flatMap(({ source }) =>
      source.kind === 'constant' && source.name !== undefined ? [source.name] : [],
    ),
  );
  const rename = (g: Parameters<Rule>[1]['g'], value: Value, reader: Node): Value => {
    const origin = origins.get(value);
    if (!origin || value.source.kind !== 'constant') return value;
    const before = named.get(value);
    if (before) return before;
    const name = foldedName(value, origin, reader, taken);
    taken.add(name);
    const renewed = g.constant(value.type, staticShape(value), value.source.data, name);
    named.set(value, renewed);
    return renewed;
  };
  return rewrite(graph, (node, { g, inputs }) => {
    if (!inputs.some((value) => value && origins.has(value))) return undefined;
    return copyNode(
      g,
      node,
      inputs.map((value) => value && rename(g, value, node)),
    );
  });
}

/**
 * Computes once what depends on constants alone, parameters included, so that a model holds no computation on them: concatenated biases,
 * padded class tokens, spread position tables, transposed weights. The results are named after the parameters they come from.
 */
export function foldConstants(graph: Graph): Graph {
  const origins = new Map<Value, Origin>();
  const folded = computeConstants(graph, origins);
  return origins.size === 0 ? folded : nameConstants(folded, origins);
}
