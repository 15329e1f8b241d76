import { BROADCASTING, ELEMENTWISE } from '../graph/operators/operator-kinds.ts';
import type { ConstantArray, Node, Value } from '../graph/value.ts';

/**
 * Values whose rows along the batch are all equal (an initial state, a scale tiled over the batch) need no batch: one row, which
 * broadcasting operators repeat by themselves. This file tells which constants and operators allow that.
 */

const isPermutationBehindBatch = ({ attributes: { perm } }: Node) => perm?.kind === 'ints' && perm.value[0] === 0;

/**
 * Whether a node gives the same result (but for the length of its first axis) when operands of one row stand in place of `batch` equal
 * ones.
 *
 * @param single positions of the operands that have one row
 */
export function acceptsSingleRow(node: Node, single: ReadonlySet<number>): boolean {
  const { shape } = node.outputs[0]!;
  const rank = shape.length;
  // Behind lengths of one ([1, batch, …]) an operand of lower rank has its rows where the result has its batch.
  const isAligned = [...single].every((position) => {
    const missing = rank - node.inputs[position]!.shape.length;
    return missing === 0 || (BROADCASTING.has(node.op) && shape.slice(0, missing).every((length) => length === 1));
  });
  if (!isAligned) return false;
  // Matrices have the batch among their rows, where nothing broadcasts; batches of matrices broadcast.
  return (
    BROADCASTING.has(node.op) ||
    (node.op === 'MatMul' && rank >= 3) ||
    ELEMENTWISE.has(node.op) ||
    (node.op === 'Transpose' && isPermutationBehindBatch(node))
  );
}

/** The first row of a constant whose rows are all equal, as a constant of one row; undefined if they differ. */
export function singleRow({ type, shape, source }: Value): Value | undefined {
  if (source.kind !== 'constant' || shape.length === 0 || Number(shape[0]) === 0) return undefined;
  const { data, uniform } = source;
  const length = data.length / Number(shape[0]);
  if (uniform === undefined) {
    for (let i = length; i < data.length; i++) if (data[i] !== data[i - length]) return undefined;
  }
  const row = data.slice(0, length) as ConstantArray;
  return {
    type,
    shape: [1, ...shape.slice(1)],
    source: { kind: 'constant', data: row, ...(uniform !== undefined && { uniform }) },
  };
}
