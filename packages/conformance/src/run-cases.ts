import { type Check, type Outcome, passes, worst } from './check/check.ts';
import type { Evaluate } from './evaluate/evaluate.ts';
import type { GoldenCase } from './golden/golden-case.ts';
import { RUNNERS } from './runners/runners.ts';

/** How one case ended. */
export interface CaseResult {
  readonly name: string;
  readonly kind: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  /** The check nearest to its bound or farthest beyond it. */
  readonly worst?: Check;
  readonly checks: number;
  /** Why it was skipped, what it threw, or what of a case that ran is not compared. */
  readonly reason?: string;
}

async function runOne(golden: GoldenCase, evaluate: Evaluate): Promise<Outcome> {
  const runner = Object.hasOwn(RUNNERS, golden.kind) ? RUNNERS[golden.kind] : undefined;
  return runner === undefined ? { skipped: `kind ${golden.kind} not supported yet` } : runner(golden, evaluate);
}

/** Runs one case; what it throws fails it. */
export const runCase = (golden: GoldenCase, evaluate: Evaluate): Promise<CaseResult> =>
  judge(golden, () => runOne(golden, evaluate));

/** Turns what a case finds into its result; what it throws fails it. */
export async function judge(
  { name, kind }: Pick<GoldenCase, 'name' | 'kind'>,
  run: () => Promise<Outcome>,
): Promise<CaseResult> {
  try {
    const outcome = await run();
    if ('skipped' in outcome) return { name, kind, status: 'skipped', checks: 0, reason: outcome.skipped };
    const { checks, note } = outcome;
    if (checks.length === 0) return { name, kind, status: 'failed', checks: 0, reason: 'nothing in it was compared' };
    const nearest = worst(checks)!;
    const status = checks.every(passes) ? 'passed' : 'failed';
    return { name, kind, status, worst: nearest, checks: checks.length, ...(note !== undefined && { reason: note }) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { name, kind, status: 'failed', checks: 0, reason };
  }
}

const LABELS = { passed: 'pass', failed: 'FAIL', skipped: 'skipped' } as const;

const round = (value: number) => String(Number(value.toFixed(2)));

function formatError({ error, tolerance, unit }: Check): string {
  if (unit === undefined) return `${error.toExponential(1)} of ${tolerance.toExponential(1)}`;
  return `${round(error)} of ${round(tolerance)} ${unit}`;
}

/** A case's line: its worst error beside the bound it must keep. */
export function formatResult({ name, status, worst: nearest, checks, reason }: CaseResult): string {
  const head = `${LABELS[status].padEnd(7)} ${name.padEnd(40)}`;
  if (!nearest) return `${head} ${reason ?? ''}`.trimEnd();
  const error = `worst ${formatError(nearest)} (${nearest.name})`;
  return `${head} ${error}, ${checks} checks${reason === undefined ? '' : `; ${reason}`}`;
}

/** `N passed, M failed, K skipped`. */
export function formatSummary(results: readonly CaseResult[]): string {
  const count = (status: CaseResult['status']) => results.filter((result) => result.status === status).length;
  return `${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`;
}
