import type { GraphBuilder } from '../builder.ts';
import { scalar } from '../operators/creation.ts';
import type { RewriteContext } from '../rewrite.ts';
import { int, ints, type Node, type Value } from '../value.ts';

/** Mean over axes that stay as length one; in operator sets below 18 the axes are an attribute. */
function mean(g: GraphBuilder, x: Value, axes: readonly number[], like: { shape: Value['shape'] }): Value {
  return g.add('ReduceMean', [x], [{ type: x.type, shape: like.shape }], { axes: ints(axes), keepdims: int(1) })[0]!;
}

/**
 * LayerNormalization in the operators that every operator set has, in the order of its definition (ONNX's LayerNormalization-17):
 * Y = (X − Mean) · InvStdDev · Scale + B, InvStdDev = 1 / √(Var + ε).
 */
export function decomposeLayerNorm(node: Node, { g, inputs }: RewriteContext): Value[] {
  const [x, weight, bias] = inputs as [Value, Value, Value | undefined];
  const { axis, epsilon } = node.attributes;
  const [y, meanOutput] = node.outputs as [Value, Value | undefined];
  const rank = x.shape.length;
  const first = axis?.kind === 'int' ? axis.value : -1;
  const from = first < 0 ? first + rank : first;
  const axes = Array.from({ length: rank - from }, (_, index) => from + index);
  const row = { shape: meanOutput?.shape ?? x.shape.map((length, index) => (index < from ? length : 1)) };
  const e = scalar(g, x.type, epsilon?.kind === 'float' ? epsilon.value : 1e-5);
  const same = (op: string, ...operands: Value[]): Value => g.add(op, operands, [{ type: x.type, shape: y.shape }])[0]!;
  const perRow = (op: string, ...operands: Value[]): Value =>
    g.add(op, operands, [{ type: x.type, shape: row.shape }])[0]!;

  const average = mean(g, x, axes, row);
  const centred = same('Sub', x, average);
  const variance = mean(g, same('Mul', centred, centred), axes, row);
  const inverseStd = perRow('Reciprocal', perRow('Sqrt', perRow('Add', variance, e)));
  const scaled = same('Mul', same('Mul', centred, inverseStd), weight);
  return [bias ? same('Add', scaled, bias) : scaled, average, inverseStd];
}
