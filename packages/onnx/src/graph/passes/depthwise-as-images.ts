import type { GraphBuilder } from '../builder.ts';
import { shapeConstant } from '../operators/movement.ts';
import type { Rule } from '../rewrite.ts';
import { type Dimension, int, type Value } from '../value.ts';

/** Whether every block of rows holds the same numbers: one kernel for all channels. */
function repeats(data: ArrayLike<unknown>, blocks: number): boolean {
  const length = data.length / blocks;
  for (let i = length; i < data.length; i++) if (data[i] !== data[i - length]) return false;
  return true;
}

const reshapeTo = (g: GraphBuilder, x: Value, target: readonly number[], shape: readonly Dimension[]): Value =>
  g.add('Reshape', [x, shapeConstant(g, target)], [{ type: x.type, shape }])[0]!;

/**
 * A depthwise convolution with one constant kernel for all channels (it lays out the pixels under a window, for a weight's gradient), as an ordinary
 * convolution of planes taken as images: [N, C, H, W] as [N·C, 1, H, W]. The WebGPU provider of onnxruntime-web 1.30 computes depthwise convolutions of
 * nine outputs a channel wrongly.
 */
export const depthwiseAsImages: Rule = (node, { g, inputs }) => {
  const [x, weights, bias] = inputs as [Value, Value, Value | undefined];
  const groups = node.attributes.group?.kind === 'int' ? node.attributes.group.value : 1;
  if (groups === 1 || groups !== x.shape[1] || bias || weights.source.kind !== 'constant') return undefined;
  const { data, name } = weights.source;
  if (name !== undefined || !repeats(data, groups)) return undefined;
  const [out] = node.outputs as [Value];
  const [batch, , ...image] = x.shape;
  const [, channels, ...plane] = out.shape.map(Number) as [number, number, number, number];
  const [, , ...kernel] = weights.shape.map(Number);
  const each = channels / groups;
  const planes = typeof batch === 'number' ? batch * groups : '?';
  const one = g.constant(weights.type, [each, 1, ...kernel], data.slice(0, data.length / groups));
  const images = reshapeTo(g, x, [-1, 1, ...image.map(Number)], [planes, 1, ...image]);
  const attributes = { ...node.attributes, group: int(1) };
  const laid = g.add('Conv', [images, one], [{ type: x.type, shape: [planes, each, ...plane] }], attributes)[0]!;
  return [reshapeTo(g, laid, [-1, channels, ...plane], out.shape)];
};
