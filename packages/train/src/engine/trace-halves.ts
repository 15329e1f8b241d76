import { type Graph, type Node, type Stage, splitStages, trace, type Value } from '@mfm/onnx';
import { GRADIENT_SCALE, LOSS_WEIGHT, type Phase, type Tensors, type TrainStep } from '../step/train-step.ts';
import { nextName } from './double-buffer.ts';

const SCALAR = { shape: [] };

/** The state's keys get the names of outputs; others keep theirs. */
const renamed = (tensors: Tensors, step: TrainStep): Tensors =>
  Object.fromEntries(Object.entries(tensors).map(([key, tensor]) => [key in step.state ? nextName(key) : key, tensor]));

/** Gradients in the order in which the backward pass makes them, which is the parameters' order from the end, in groups of about equal size. */
function groupGradients({ halves }: TrainStep, groups: number): string[][] {
  const keys = Object.keys(halves.gradients).reverse();
  const size = (key: string) => halves.gradients[key]!.shape.reduce((product, length) => product * length, 1);
  const share = keys.reduce((sum, key) => sum + size(key), 0) / groups;
  const grouped: string[][] = Array.from({ length: groups }, () => []);
  let done = 0;
  for (const key of keys) {
    grouped[Math.min(groups - 1, Math.floor(done / share))]!.push(key);
    done += size(key);
  }
  return grouped;
}

/** For every node the first group that needs it. */
function firstGroups(graph: Graph, groups: readonly (readonly string[])[]): Map<Node, number> {
  const values = new Map(graph.outputs.map(({ name, value }) => [name, value]));
  const found = new Map<Node, number>();
  for (const [group, keys] of groups.entries()) {
    const open: Value[] = keys.map((key) => values.get(key)!);
    for (let value = open.pop(); value; value = open.pop()) {
      if (value.source.kind !== 'node' || found.has(value.source.node)) continue;
      found.set(value.source.node, group);
      for (const input of value.source.node.inputs) if (input) open.push(input);
    }
  }
  return found;
}

/**
 * The first half of the step, cut where processes sum up statistics, or else into `overlapStages` parts of the backward pass.
 * Outputs are `gradient/<name>`, `loss`, and `next/<key>` of running statistics.
 */
export function traceGradients(step: TrainStep, overlapStages: number): Stage[] {
  const parameters = Object.fromEntries(Object.entries(step.state).filter(([key]) => key.startsWith('param/')));
  const run = (inputs: Tensors) => renamed(step.halves.differentiate(inputs), step);
  const graph = trace(run, { ...parameters, ...step.batch, [LOSS_WEIGHT]: SCALAR });
  const atSums = splitStages(graph);
  if (atSums.length > 1 || overlapStages === 1) return atSums;
  const groups = firstGroups(graph, groupGradients(step, overlapStages));
  return splitStages(graph, { earliest: (node) => groups.get(node) ?? 0 });
}

/** The second half of the step: clipping and AdamW on summed gradients. Outputs are `next/<state key>` and `gradNorm`. */
export function traceApply(step: TrainStep, phase: Phase): Graph {
  const run = (inputs: Tensors) => renamed(step.halves.apply(inputs, phase), step);
  return trace(run, { ...step.state, ...step.halves.gradients, ...step.hyper, [GRADIENT_SCALE]: SCALAR });
}
