import { attribute } from '../graph-def.ts';
import { fixed, flag, image, type OpRow, reduction, row, vector, whole } from './op-row.ts';

const { bool } = attribute;

/** Reductions. */
export const REDUCTION_ROWS: readonly OpRow[] = [
  // Reduction.
  ...['Max', 'Mean', 'Min', 'Prod', 'Sum'].flatMap((op) => reduction(op)),
  ...['All', 'Any'].flatMap((op) => reduction(op, flag)),
  ...['ArgMax', 'ArgMin'].map((op) => row(op, (g) => g.op(op, [image(g), g.scalar(3)]))),
  row('Cumsum', (g) => g.op('Cumsum', [vector(g), g.scalar(1)], { exclusive: bool(true), reverse: bool(true) })),
  ...[false, true].map((turned) =>
    row(
      'Cumprod',
      (g) => g.op('Cumprod', [vector(g), g.scalar(1)], { exclusive: bool(turned), reverse: bool(turned) }),
      turned ? 'exclusive, reversed' : '',
    ),
  ),
  ...[false, true].map((binaryOutput) =>
    row(
      'DenseBincount',
      (g) => g.op('DenseBincount', [whole(g), g.scalar(4), g.constant([], [0])], { binary_output: bool(binaryOutput) }),
      binaryOutput ? 'binary' : '',
    ),
  ),
  fixed('Bincount', (g) => g.op('Bincount', [g.placeholder('x', [6], 'int32'), g.scalar(4), g.weight('weights', [6])])),
  row('TopKV2', (g) => {
    const top = g.op('TopKV2', [vector(g), g.scalar(3)], { sorted: bool(true) });
    return [top, `${top}:1`];
  }),
  ...['LowerBound', 'UpperBound'].map((op) =>
    fixed(op, (g) => g.op(op, [g.constant([-0.5, 0, 0.25, 0.5], [1, 4]), g.placeholder('x', [1, 5])])),
  ),
];
