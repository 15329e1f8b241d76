import { full } from '../../graph/operators/creation.ts';
import { cast } from '../../graph/operators/elementwise.ts';
import { expand, reshape } from '../../graph/operators/movement.ts';
import { sizeOf, staticShape, string, type Value } from '../../graph/value.ts';
import type { LoweringContext, LoweringTable } from '../lowering.ts';

function scatter({ g }: LoweringContext, base: Value, indices: Value, updates: Value, adds: boolean): Value {
  const inputs = [base, cast(g, indices, 'int64'), updates];
  return g.add(
    'ScatterND',
    inputs,
    [{ type: base.type, shape: base.shape }],
    adds ? { reduction: string('add') } : {},
  )[0]!;
}

function scatterNd(context: LoweringContext): Value {
  const { g, input, attrs } = context;
  const updates = input('updates');
  return scatter(context, full(g, updates.type, attrs.shape as number[], 0), input('indices'), updates, true);
}

/** Positions may be a scalar, a list (of a vector's) or rows; one value may stand for all of them. */
function sparseToDense(context: LoweringContext): Value {
  const { g, input, attrs } = context;
  const shape = attrs.outputShape as number[];
  const [indices, values] = [input('sparseIndices'), input('sparseValues')];
  const count = sizeOf(staticShape(indices)) / shape.length;
  const rows = reshape(g, indices, [count, shape.length]);
  return scatter(context, expand(g, input('defaultValue'), shape), rows, expand(g, values, [count]), false);
}

/** Kernels that write values to given positions. */
export const scatteringKernels: LoweringTable = {
  ScatterNd: scatterNd,
  SparseToDense: sparseToDense,
  TensorScatterUpdate: (context) =>
    scatter(context, context.input('tensor'), context.input('indices'), context.input('updates'), false),
};
