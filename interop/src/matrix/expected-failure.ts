/** A model that a runtime cannot hold. */
export interface ExpectedFailure {
  /** A runtime's name. */
  readonly runtime: string;
  /** Which rows: all that match what is given. */
  readonly heads?: readonly string[];
  readonly models?: readonly string[];
  readonly opsets?: readonly number[];
  /** What the runtime says, or which output is beyond the tolerance: another error is a failure like any other. */
  readonly message: RegExp;
  /** Why, for the matrix's legend. */
  readonly reason: string;
}

/** What tells a row from another. */
export interface RowName {
  readonly model: string;
  readonly head: string;
  readonly opset: number;
}

/**
 * Models that a runtime cannot hold. The command tries them all the same, and fails when one of these starts to work, so that no row here
 * outlives its reason. What our exporter can avoid is put right there and not declared here.
 */
export const EXPECTED_FAILURES: readonly ExpectedFailure[] = [];

const holds = <T>(list: readonly T[] | undefined, value: T) => list === undefined || list.includes(value);

/** The declared failure of a runtime with a row, if there is one. */
export function findExpectedFailure(
  runtime: string,
  { model, head, opset }: RowName,
  table: readonly ExpectedFailure[] = EXPECTED_FAILURES,
): ExpectedFailure | undefined {
  return table.find(
    (row) => row.runtime === runtime && holds(row.heads, head) && holds(row.models, model) && holds(row.opsets, opset),
  );
}
