import type { Cell } from './cell.ts';
import { passes } from './cell.ts';
import type { RowName } from './expected-failure.ts';

/** A runtime as the matrix shows it. */
export interface Column {
  readonly runtime: string;
  /** What it says it is, such as `tract 0.23.9`. */
  readonly version?: string;
  /** Why it is not available. */
  readonly unavailable?: string;
}

/** A model as the matrix shows it. */
export interface Row extends RowName {
  /** Sizes of the batches it was run with. */
  readonly batches: readonly number[];
  /** Whether the file leaves the size of batches open. */
  readonly dynamic: boolean;
  /** By runtime. */
  readonly cells: Readonly<Record<string, Cell>>;
}

/** The result of the command. */
export interface Matrix {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** Runtimes that `--without` names. */
  readonly without: readonly string[];
}

/** Whether all is well: every runtime is there, and every cell is within the tolerance or fails as declared. */
export const matrixPasses = ({ columns, rows }: Matrix): boolean =>
  columns.every(({ unavailable }) => unavailable === undefined) &&
  rows.every(({ cells }) => columns.every(({ runtime }) => passes(cells[runtime]!)));
