import type { GraphBuilder } from '../../graph/builder.ts';
import { binary, unary } from '../../graph/operators/elementwise.ts';
import { matMul } from '../../graph/operators/linear-algebra.ts';
import { float, staticShape, string, type Value } from '../../graph/value.ts';
import type { LoweringContext, LoweringTable } from '../lowering.ts';
import { unaryKernels } from './unary.ts';

interface FusedAttributes {
  activation?: string;
  leakyreluAlpha?: number;
}

/** The activation that TensorFlow.js fuses behind a product or convolution (names as its layers give them). */
export function activate(
  g: GraphBuilder,
  x: Value,
  { activation, leakyreluAlpha }: FusedAttributes,
  alpha?: Value,
): Value {
  if (activation === undefined || activation === 'linear') return x;
  if (activation === 'leakyrelu') return unary(g, 'LeakyRelu', x, { alpha: float(leakyreluAlpha ?? 0.2) });
  const kernel = activation[0]!.toUpperCase() + activation.slice(1);
  const lowering = unaryKernels[kernel];
  if (!lowering) throw new Error(`activate: activation must have a kernel, got "${activation}".`);
  const inputs: Record<string, Value | undefined> = { x, alpha };
  return lowering({
    g,
    input: (name) => inputs[name]!,
    optional: (name) => inputs[name],
    list: () => [x],
    attrs: {},
  }) as Value;
}

function fusedMatMul({ g, input, optional, attrs }: LoweringContext): Value {
  const product = matMul(g, input('a'), input('b'), attrs.transposeA, attrs.transposeB);
  const bias = optional('bias');
  return activate(g, bias ? binary(g, 'Add', product, bias) : product, attrs, optional('preluActivationWeights'));
}

/** ONNX has Einsum itself; its shape follows from the letters. */
function einsum({ g, list, attrs }: LoweringContext): Value {
  const equation = (attrs.equation as string).replaceAll(' ', '');
  const [left, right] = equation.split('->') as [string, string];
  const lengths = new Map<string, number>();
  const operands = list();
  left.split(',').forEach((letters, index) => {
    const shape = staticShape(operands[index]!);
    for (const [axis, letter] of [...letters].entries()) lengths.set(letter, shape[axis]!);
  });
  const shape = [...right].map((letter) => lengths.get(letter)!);
  return g.add('Einsum', operands, [{ type: operands[0]!.type, shape }], { equation: string(equation) })[0]!;
}

export const linearAlgebraKernels: LoweringTable = {
  BatchMatMul: ({ g, input, attrs }) => matMul(g, input('a'), input('b'), attrs.transposeA, attrs.transposeB),
  Einsum: einsum,
  _FusedMatMul: fusedMatMul,
};
