import type { Range } from '../../../quantization/activation-range.ts';
import {
  type Affine,
  affineUint8,
  type QuantizedWeight,
  quantizeWeight,
  roundHalfEven,
} from '../../../quantization/affine.ts';
import type { GraphBuilder } from '../../builder.ts';
import { scalar } from '../../operators/creation.ts';
import { rewrite } from '../../rewrite.ts';
import { type Attributes, float, type Graph, int, type Node, type Value } from '../../value.ts';
import type { QuantizePlan } from './plan.ts';
import type { Quantizable } from './quantizable.ts';

/** Beyond this a bias in steps of (activation's scale × weight's scale) would leave int32 once the product is added to it. */
const GREATEST_BIAS = 2 ** 30;

/** QuantizeLinear, then DequantizeLinear: the value as 8 bits hold it. */
function throughUint8(g: GraphBuilder, x: Value, { scale, zeroPoint }: Affine): Value {
  const parameters = [scalar(g, 'float32', scale), scalar(g, 'uint8', zeroPoint)];
  const [quantized] = g.add('QuantizeLinear', [x, ...parameters], [{ type: 'uint8', shape: x.shape }]);
  return g.add('DequantizeLinear', [quantized, ...parameters], [{ type: 'float32', shape: x.shape }])[0]!;
}

interface Constant {
  readonly data: Float32Array;
  readonly shape: readonly number[];
  readonly name: string | undefined;
}

function constantOf({ source, shape }: Value): Constant {
  if (source.kind !== 'constant') throw new Error('quantizeGraph: must be a constant.');
  return { data: source.data as Float32Array, shape: shape as readonly number[], name: source.name };
}

/** Initializers' names as ONNX Runtime's quantiser gives them; a weight of two operators is quantised for each, under names of their own. */
function createNaming() {
  const taken = new Map<string, number>();
  return (name: string | undefined, suffix: string): string | undefined => {
    if (name === undefined) return undefined;
    const wanted = `${name}_${suffix}`;
    const count = taken.get(wanted) ?? 0;
    taken.set(wanted, count + 1);
    return count === 0 ? wanted : `${wanted}_${count}`;
  };
}

type Naming = ReturnType<typeof createNaming>;

/** A per-channel constant behind its DequantizeLinear. */
function dequantized(
  g: GraphBuilder,
  type: 'int8' | 'int32',
  { shape, name }: Constant,
  { data, scales }: { data: Int8Array | Int32Array; scales: Float32Array },
  axis: number,
  naming: Naming,
): Value {
  const channels = [scales.length];
  const zeros = type === 'int8' ? new Int8Array(scales.length) : new Int32Array(scales.length);
  const operands = [
    g.constant(type, shape, data, naming(name, 'quantized')),
    g.constant('float32', channels, scales, naming(name, 'scale')),
    g.constant(type, channels, zeros),
  ];
  return g.add('DequantizeLinear', operands, [{ type: 'float32', shape }], { axis: int(axis) })[0]!;
}

/** Gemm's α goes into the weight, so that a step of its result is the product of the scales. */
function absorbAlpha(node: Node, weight: Constant): { weight: Constant; attributes: Attributes } {
  const { alpha } = node.attributes;
  if (node.op !== 'Gemm' || alpha?.kind !== 'float' || alpha.value === 1)
    return { weight, attributes: node.attributes };
  const data = weight.data.map((value) => value * alpha.value);
  return { weight: { ...weight, data }, attributes: { ...node.attributes, alpha: float(1) } };
}

function quantizeBias(bias: Constant, activation: Affine, { scales }: QuantizedWeight) {
  const products = scales.map((scale) => scale * activation.scale);
  return {
    data: Int32Array.from(bias.data, (value, channel) => roundHalfEven(value / products[channel]!)),
    scales: products,
  };
}

export interface QuantizedGraph {
  readonly graph: Graph;
  /** Operators whose operands are quantised. */
  readonly nodes: number;
  readonly activations: number;
}

/**
 * Quantises a graph in the QDQ form (QuantizeLinear and DequantizeLinear around float operators, opset 13 and later), which every runtime can
 * compute and which ONNX Runtime, TensorRT and others turn into integer operators: weights int8, symmetric, a scale for each output channel;
 * biases int32; activations uint8, one scale and zero point each. Everything that reads a quantised activation reads it through its 8
 * bits, the graph's outputs excepted.
 *
 * @param plan of this graph
 * @param ranges of the plan's activations
 */
export function quantizeGraph(graph: Graph, plan: QuantizePlan, ranges: ReadonlyMap<Value, Range>): QuantizedGraph {
  const naming = createNaming();
  const affines = new Map<Value, Affine>();
  for (const value of plan.activations) {
    const range = ranges.get(value);
    if (!range) throw new Error('quantizeGraph: every activation of the plan must have a range.');
    affines.set(value, affineUint8(range));
  }
  const through = (g: GraphBuilder, old: Value, value: Value) => {
    const affine = affines.get(old);
    return affine ? throughUint8(g, value, affine) : value;
  };
  const withWeight = (g: GraphBuilder, node: Node, operands: (Value | undefined)[], found: Quantizable) => {
    const { position, axis } = found.weight!;
    const activation = affines.get(node.inputs[found.activations[0]!]!)!;
    const { weight, attributes } = absorbAlpha(node, constantOf(operands[position]!));
    const biasValue = found.bias === undefined ? undefined : operands[found.bias];
    const bias = biasValue && constantOf(biasValue);
    // A channel of next to no weight would need a bias of more steps than int32 has: its weights get coarser steps instead.
    const least = (channel: number) => Math.abs(bias?.data[channel] ?? 0) / activation.scale / GREATEST_BIAS;
    const quantized = quantizeWeight(weight.data, weight.shape, axis, least);
    operands[position] = dequantized(g, 'int8', weight, quantized, axis, naming);
    if (bias)
      operands[found.bias!] = dequantized(g, 'int32', bias, quantizeBias(bias, activation, quantized), 0, naming);
    return g.add(node.op, operands, node.outputs, attributes);
  };
  const quantized = rewrite(graph, (node, { g, inputs }) => {
    const operands = inputs.map((value, at) => value && through(g, node.inputs[at]!, value));
    const found = plan.nodes.get(node);
    if (found?.weight) return withWeight(g, node, operands, found);
    return g.add(node.op, operands, node.outputs, node.attributes, node.domain);
  });
  return { graph: quantized, nodes: plan.nodes.size, activations: plan.activations.length };
}
