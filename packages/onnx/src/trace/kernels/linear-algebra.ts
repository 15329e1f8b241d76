import type { GraphBuilder } from '../../graph/builder.ts';
import { uniformOf } from '../../graph/constant.ts';
import { full } from '../../graph/operators/creation.ts';
import { binary, broadcastShape, unary } from '../../graph/operators/elementwise.ts';
import { matMul } from '../../graph/operators/linear-algebra.ts';
import { reshape } from '../../graph/operators/movement.ts';
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

/** [1, …, rows, columns] as [rows, columns]: TensorFlow.js writes every product as one of batches, and Gemm takes matrices. */
function asMatrix(g: GraphBuilder, x: Value): Value {
  return reshape(g, x, staticShape(x).slice(-2));
}

/** Whether leading lengths are all one. */
const isMatrix = (x: Value) => x.shape.slice(0, -2).every((length) => length === 1);

interface ProductAttributes {
  transposeA?: boolean;
  transposeB?: boolean;
}

/** A product, and the shape that TensorFlow.js gives it, which differs in leading lengths of one. */
function product(g: GraphBuilder, a: Value, b: Value, { transposeA, transposeB }: ProductAttributes) {
  const lengths = [a, b].map((x) => staticShape(x).slice(0, -2)) as [number[], number[]];
  const [rows, columns] = [staticShape(a).at(transposeA ? -1 : -2)!, staticShape(b).at(transposeB ? -2 : -1)!];
  const shape = [...broadcastShape(...lengths), rows, columns];
  // A recurrent layer's first state: nothing to multiply.
  if (uniformOf(a) === 0 || uniformOf(b) === 0) return { value: full(g, a.type, shape, 0), shape };
  const operands = isMatrix(a) && isMatrix(b) ? [asMatrix(g, a), asMatrix(g, b)] : [a, b];
  return { value: matMul(g, operands[0]!, operands[1]!, transposeA, transposeB), shape };
}

function batchMatMul({ g, input, attrs }: LoweringContext): Value {
  const { value, shape } = product(g, input('a'), input('b'), attrs);
  return reshape(g, value, shape);
}

function fusedMatMul({ g, input, optional, attrs }: LoweringContext): Value {
  const { value, shape } = product(g, input('a'), input('b'), attrs);
  const [bias, alpha] = [optional('bias'), optional('preluActivationWeights')];
  // Bias and activation go with the matrix, so that Gemm takes the bias in, unless they have lengths of their own in front.
  const fits = [bias, alpha].every((x) => x === undefined || x.shape.length <= value.shape.length);
  const result = fits ? value : reshape(g, value, shape);
  return reshape(g, activate(g, bias ? binary(g, 'Add', result, bias) : result, attrs, alpha), shape);
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
  BatchMatMul: batchMatMul,
  Einsum: einsum,
  _FusedMatMul: fusedMatMul,
};
