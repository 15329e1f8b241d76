import { ARITHMETIC_ROWS } from './arithmetic.ts';
import { MOVEMENT_ROWS } from './movement.ts';
import { NETWORK_ROWS } from './network.ts';
import type { OpRow } from './op-row.ts';
import { OTHER_ROWS } from './other.ts';
import { REDUCTION_ROWS } from './reduction.ts';

/** Each op of `GRAPH_OPS` at least once. */
export const OP_ROWS: readonly OpRow[] = [
  ...ARITHMETIC_ROWS,
  ...NETWORK_ROWS,
  ...REDUCTION_ROWS,
  ...MOVEMENT_ROWS,
  ...OTHER_ROWS,
];
