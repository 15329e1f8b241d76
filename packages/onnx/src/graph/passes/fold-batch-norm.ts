import { type Rule, rewrite } from '../rewrite.ts';
import type { ConstantArray, Graph, Node, Value } from '../value.ts';

const floatsOf = (value: Value | undefined): ConstantArray | undefined =>
  value?.type === 'float32' && value.source.kind === 'constant' ? value.source.data : undefined;

/** `stem.weight` → `stem.bias`, unless the weight has no name to go by. */
function biasName(weight: Value, bias: Value | undefined): string | undefined {
  if (bias?.source.kind === 'constant' && bias.source.name !== undefined) return bias.source.name;
  const name = weight.source.kind === 'constant' ? weight.source.name : undefined;
  return name === undefined ? undefined : `${name.replace(/\.weight$/, '')}.bias`;
}

/** The convolution that a batch normalisation follows, if nothing else reads its result or its weight. */
function convolutionOf(x: Value | undefined, uses: (value: Value) => number): Node | undefined {
  if (x?.source.kind !== 'node' || uses(x) > 1) return undefined;
  const { node } = x.source;
  return node.op === 'Conv' && node.domain === '' && uses(node.inputs[1]!) === 1 ? node : undefined;
}

const absorb: Rule = (node, { g, inputs, uses }) => {
  const old = convolutionOf(node.inputs[0], uses);
  const [x, ...statistics] = inputs;
  if (!old || x?.source.kind !== 'node') return undefined;
  const [input, weight, bias] = x.source.node.inputs;
  const [scale, shift, mean, variance] = statistics.map(floatsOf) as (Float32Array | undefined)[];
  const weights = floatsOf(weight);
  if (!scale || !shift || !mean || !variance || !weights || (bias && !floatsOf(bias))) return undefined;
  const { epsilon } = node.attributes;
  const channels = scale.length;
  const size = weights.length / channels;
  const offsets = floatsOf(bias);
  const folded = new Float32Array(weights.length);
  const shifted = new Float32Array(channels);
  for (let channel = 0; channel < channels; channel++) {
    const factor = scale[channel]! / Math.sqrt(variance[channel]! + (epsilon?.kind === 'float' ? epsilon.value : 1e-5));
    for (let i = channel * size; i < (channel + 1) * size; i++) folded[i] = Number(weights[i]) * factor;
    shifted[channel] = (Number(offsets?.[channel] ?? 0) - mean[channel]!) * factor + shift[channel]!;
  }
  const name = weight!.source.kind === 'constant' ? weight!.source.name : undefined;
  const operands = [
    input,
    g.constant('float32', weight!.shape as number[], folded, name),
    g.constant('float32', [channels], shifted, biasName(weight!, bias)),
  ];
  return g.add('Conv', operands, [node.outputs[0]!], x.source.node.attributes);
};

/**
 * Takes batch normalisations of fixed statistics into the convolutions before them: Conv(x, W · s/σ, (b − μ) · s/σ + β). Equal up to
 * rounding. The weight keeps its name with other values, so this is for files in reduced precision, whose weights are others anyway.
 */
export function foldBatchNorm(graph: Graph): Graph {
  return rewrite(graph, (node, context) =>
    node.op === 'BatchNormalization' && node.domain === '' ? absorb(node, context) : undefined,
  );
}
