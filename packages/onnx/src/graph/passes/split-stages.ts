import { ALL_REDUCE } from '../../ops/all-reduce.ts';
import { GraphBuilder } from '../builder.ts';
import { copyNode } from '../rewrite.ts';
import { topologicalNodes } from '../topology.ts';
import type { Graph, Node, Value } from '../value.ts';

/** A part of a program that runs in one session. */
export interface Stage {
  /**
   * Takes the whole graph's inputs as far as it needs them, and what earlier stages made: `stage/<n>`. Gives outputs of the whole graph under their own
   * names, and what later stages need.
   */
  readonly graph: Graph;
  /** Outputs `stage/<n>` of this stage that are summed up over processes before the next stage reads them. */
  readonly reduced: readonly string[];
}

export interface SplitOptions {
  /**
   * The first stage that a node may be in, 0 …: cuts beside those at sums over processes. Must not be lower for a node than for those it
   * reads from. Default 0.
   */
  readonly earliest?: (node: Node) => number;
}

/** They cost less to make again than a tensor costs that is kept. */
const VIEWS = new Set(['Reshape', 'Squeeze', 'Unsqueeze', 'Flatten', 'Identity']);

const isReduction = (node: Node) => node.op === ALL_REDUCE;

type Stages = Map<Node, number>;

/** The first stage that can read a value. */
function readyAt(value: Value | undefined, stages: Stages): number {
  if (value?.source.kind !== 'node') return 0;
  const { node } = value.source;
  return stages.get(node)! + (isReduction(node) ? 1 : 0);
}

/** The stage of every node: after all sums over processes that it depends on. A sum itself counts to the stage that makes its operand. */
function assignStages(nodes: readonly Node[], earliest: (node: Node) => number): Stages {
  const stages: Stages = new Map();
  for (const node of nodes) {
    stages.set(node, Math.max(earliest(node), ...node.inputs.map((input) => readyAt(input, stages))));
  }
  return stages;
}

/**
 * Cuts a graph into stages that run one after the other, so that something can happen in between: sums over processes, and, at the caller's
 * cuts, work with outputs that are ready early. A graph without either is one stage.
 */
export function splitStages(graph: Graph, { earliest = () => 0 }: SplitOptions = {}): Stage[] {
  const nodes = topologicalNodes(graph);
  const stageOf = assignStages(nodes, earliest);
  const count = 1 + graph.outputs.reduce((last, { value }) => Math.max(last, readyAt(value, stageOf)), 0);
  const builders = Array.from({ length: count }, () => new GraphBuilder());
  const built = builders.map(() => new Map<Value, Value>());
  const inputs = builders.map(() => new Map<string, Value>());
  const outputs: Map<string, Value>[] = builders.map(() => new Map());
  const reduced: Set<string>[] = builders.map(() => new Set());
  const names = new Map<Value, string>();

  /** The name under which a value goes from its stage to later ones. */
  function crossing(value: Value): string {
    const known = names.get(value);
    if (known !== undefined) return known;
    const name = `stage/${names.size}`;
    names.set(value, name);
    const { node } = value.source as Extract<Value['source'], { kind: 'node' }>;
    const stage = stageOf.get(node)!;
    if (isReduction(node)) reduced[stage]!.add(name);
    outputs[stage]!.set(name, isReduction(node) ? inStage(node.inputs[0]!, stage) : built[stage]!.get(value)!);
    return name;
  }

  /** The value as a stage sees it. */
  function inStage(value: Value, stage: number): Value {
    const known = built[stage]!.get(value);
    if (known) return known;
    const make = (): Value => {
      const { source } = value;
      if (source.kind === 'constant') return value;
      if (source.kind === 'input') {
        inputs[stage]!.set(source.name, value);
        return value;
      }
      const { node, index } = source;
      if (VIEWS.has(node.op)) return copyInto(node, stage)[index]!;
      const name = crossing(value);
      const entry = builders[stage]!.input(name, value.type, value.shape);
      inputs[stage]!.set(name, entry);
      return entry;
    };
    const made = make();
    built[stage]!.set(value, made);
    return made;
  }

  function copyInto(node: Node, stage: number): Value[] {
    const operands = node.inputs.map((input) => input && inStage(input, stage));
    return copyNode(builders[stage]!, node, operands);
  }

  for (const node of nodes) {
    const stage = stageOf.get(node)!;
    if (isReduction(node)) {
      crossing(node.outputs[0]!);
      continue;
    }
    copyInto(node, stage).forEach((value, index) => {
      built[stage]!.set(node.outputs[index]!, value);
    });
  }
  for (const { name, value } of graph.outputs) {
    const stage = readyAt(value, stageOf);
    outputs[stage]!.set(name, inStage(value, stage));
  }
  return builders.map((_, stage) => ({
    graph: {
      inputs: [...inputs[stage]!.values()],
      outputs: [...outputs[stage]!].map(([name, value]) => ({ name, value })),
    },
    reduced: [...reduced[stage]!],
  }));
}
