import type { Dimension, Node, Value } from '../../value.ts';
import { isFourierMatrix } from '../fourier-matrix.ts';

/**
 * What becomes of an operator in half precision. `half`: float16. `follow`: float16 where one of its operands is, so that neither side needs a
 * cast of its own. `float`: stays float32, and so does every operator that has no row.
 */
export type Treatment = 'half' | 'follow' | 'float';

interface HalfOperator {
  readonly treatment: Treatment;
  /** Positions of operands that are no part of the arithmetic: shapes, indices, scales. */
  readonly keep?: readonly number[];
}

/** Reductions of more elements than this stay float32: float16 holds 11 bits, of which a sum of n loses log₂ n. */
const LONG_REDUCTION = 64;

const named = (treatment: Treatment, text: string, keep: readonly number[] = []): [string, HalfOperator][] =>
  text.split(' ').map((op) => [op, { treatment, keep }]);

/**
 * Every operator that may work in float16. What is not here stays float32: Softmax, LayerNormalization, BatchNormalization and all that
 * divides, squares or exponentiates over a wide range, and what this project has not looked at.
 */
const OPERATORS: ReadonlyMap<string, HalfOperator> = new Map([
  ...named('half', 'Conv ConvTranspose Gemm MatMul FusedMatMul'),
  ...named('follow', 'Add Sub Mul Div Neg Abs Sign Min Max Clip'),
  ...named('follow', 'Relu LeakyRelu PRelu Elu Selu HardSigmoid HardSwish Sigmoid Tanh Erf Gelu'),
  ...named('follow', 'Identity Flatten Transpose Concat DepthToSpace SpaceToDepth MaxPool AveragePool'),
  ...named(
    'follow',
    'Reshape Squeeze Unsqueeze Expand Tile Split Gather ReduceMax ReduceMin ReduceSum ReduceMean',
    [1],
  ),
  ...named('follow', 'Equal Greater GreaterOrEqual Less LessOrEqual IsNaN IsInf ArgMax ArgMin'),
  ...named('follow', 'Slice', [1, 2, 3, 4]),
  ...named('follow', 'Pad', [1, 3]),
  ...named('follow', 'Resize', [1, 2, 3]),
  ...named('follow', 'Where', [0]),
]);

/** Elements that one sum of a reduction runs over; infinite where that is not known. */
function reducedLength({ inputs, attributes }: Node): number {
  const shape: readonly Dimension[] = inputs[0]?.shape ?? [];
  const source = inputs[1]?.source;
  const given = attributes.axes?.kind === 'ints' ? attributes.axes.value : undefined;
  const axes = given ?? (source?.kind === 'constant' ? Array.from(source.data, Number) : undefined);
  const lengths = axes ? axes.map((axis) => shape.at(axis)) : shape;
  if (shape.length === 0) return Number.POSITIVE_INFINITY;
  return lengths.reduce<number>(
    (product, length) => product * (typeof length === 'number' ? length : Number.POSITIVE_INFINITY),
    1,
  );
}

const isLongReduction = (node: Node) => /^Reduce(Sum|Mean)$/.test(node.op) && reducedLength(node) > LONG_REDUCTION;

const isTransform = ({ op, inputs }: Node, isMatrix: (value: Value) => boolean) =>
  (op === 'Gemm' || op === 'MatMul' || op === 'FusedMatMul') && inputs.some((value) => value && isMatrix(value));

/** Decides over operators; remembers which constants are matrices of Fourier transforms, which takes a look at each element. */
export function createTreatment(): (node: Node) => HalfOperator {
  const known = new Map<Value, boolean>();
  const isMatrix = (value: Value) => {
    if (!known.has(value)) known.set(value, isFourierMatrix(value));
    return known.get(value)!;
  };
  return (node) => {
    const row = OPERATORS.get(node.op);
    if (!row || (node.domain !== '' && node.op !== 'FusedMatMul')) return { treatment: 'float' };
    return isLongReduction(node) || isTransform(node, isMatrix) ? { treatment: 'float' } : row;
  };
}
