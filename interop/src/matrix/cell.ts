import { type Difference, TOLERANCE } from './compare.ts';
import type { ExpectedFailure } from './expected-failure.ts';

/** What came of giving a model to a runtime. */
export type Outcome =
  | { readonly kind: 'compared'; readonly difference: Difference }
  /** By a runtime that looks at the file alone. */
  | { readonly kind: 'checked' }
  | { readonly kind: 'failed'; readonly error: string };

/** A field of the matrix. */
export type Cell =
  | { readonly kind: 'within'; readonly difference: Difference }
  | { readonly kind: 'beyond'; readonly difference: Difference }
  | { readonly kind: 'checked' }
  | { readonly kind: 'failed'; readonly error: string }
  /** It cannot hold the model, as declared. */
  | { readonly kind: 'expected'; readonly reason: string }
  /** It was declared that it cannot hold the model, and it does. */
  | { readonly kind: 'outdated'; readonly reason: string }
  | { readonly kind: 'unavailable' };

/** What is said of numbers that are wrong. */
export const describeBeyond = ({ output }: Difference): string => `beyond ${TOLERANCE}: output "${output}"`;

function judgeAlone(outcome: Outcome): { cell: Cell; problem?: string } {
  if (outcome.kind === 'checked') return { cell: outcome };
  if (outcome.kind === 'failed') return { cell: outcome, problem: outcome.error };
  const { difference } = outcome;
  if (difference.scaled <= TOLERANCE) return { cell: { kind: 'within', difference } };
  return { cell: { kind: 'beyond', difference }, problem: describeBeyond(difference) };
}

/** Judges an outcome. A declared failure must fail, and as declared. */
export function judge(outcome: Outcome, declared: ExpectedFailure | undefined): Cell {
  const { cell, problem } = judgeAlone(outcome);
  if (declared === undefined) return cell;
  if (problem === undefined) return { kind: 'outdated', reason: declared.reason };
  return declared.message.test(problem) ? { kind: 'expected', reason: declared.reason } : cell;
}

const PASSING: ReadonlySet<Cell['kind']> = new Set(['within', 'checked', 'expected']);

/** Whether the command may succeed with this cell. */
export const passes = ({ kind }: Cell): boolean => PASSING.has(kind);
