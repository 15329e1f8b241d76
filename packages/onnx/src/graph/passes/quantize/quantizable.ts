import type { Node, Value } from '../../value.ts';

/** What of an operator is quantised. */
export interface Quantizable {
  /** Positions of the operands that are activations. */
  readonly activations: readonly number[];
  /** The constant weight: its position, and the axis of its output channels. */
  readonly weight?: { readonly position: number; readonly axis: number };
  /** Position of the bias, if the operator can have one. */
  readonly bias?: number;
  /** The result is quantised as well: ONNX Runtime has this operator from 8 bits to 8 bits alone. */
  readonly result: boolean;
}

const isConstant = (value: Value | undefined, rank: number) =>
  value?.type === 'float32' && value.source.kind === 'constant' && value.shape.length === rank;

const isActivation = (value: Value | undefined) => value?.type === 'float32' && value.source.kind !== 'constant';

const flag = ({ attributes }: Node, name: string) => attributes[name]?.value === 1;

/** Bias and factors of a Gemm that integers can hold: C as it is added. */
const plainGemm = ({ attributes: { beta } }: Node) => beta === undefined || beta.value === 1;

type Describe = (node: Node) => Quantizable | undefined;

/** Every operator that is quantised, and how. An operator that this gives nothing for stays in float32. */
const OPERATORS: Readonly<Record<string, Describe>> = {
  Conv: ({ inputs: [x, weight, bias] }) =>
    isActivation(x) && isConstant(weight, 4) && (bias === undefined || isConstant(bias, 1))
      ? { activations: [0], weight: { position: 1, axis: 0 }, bias: 2, result: true }
      : undefined,
  Gemm(node) {
    const [x, weight, bias] = node.inputs;
    const fits = isActivation(x) && isConstant(weight, 2) && (bias === undefined || isConstant(bias, 1));
    if (!fits || flag(node, 'transA') || !plainGemm(node)) return undefined;
    return {
      activations: [0],
      weight: { position: 1, axis: flag(node, 'transB') ? 0 : 1 },
      bias: 2,
      result: false,
    };
  },
  MatMul({ inputs: [x, weight] }) {
    if (isActivation(x) && isConstant(weight, 2))
      return { activations: [0], weight: { position: 1, axis: 1 }, result: false };
    return isActivation(x) && isActivation(weight) ? { activations: [0, 1], result: false } : undefined;
  },
};

/** How an operator is quantised; undefined for one that stays in float32. */
export const quantizable = (node: Node): Quantizable | undefined =>
  node.domain === '' && Object.hasOwn(OPERATORS, node.op) ? OPERATORS[node.op]!(node) : undefined;
