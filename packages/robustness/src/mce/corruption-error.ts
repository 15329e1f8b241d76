import { UserError } from '@mfm/cli';
import type { RobustnessResult } from '../evaluate/robustness-result.ts';
import { ALEXNET, type BaselineErrors } from './alexnet-errors.ts';

/** The 15 corruptions that mCE averages. */
const COMMON_COUNT = 15;

/** Corruption errors relative to a baseline; 1 is as good as it. */
export interface CorruptionErrors {
  baseline: string;
  /** CE of each corruption that was evaluated, extras too. */
  ce: Record<string, number>;
  /** Relative CE: the rise over the clean error against the baseline's rise. */
  relativeCE: Record<string, number>;
  /** Means over the common corruptions that were evaluated; NaN when none was. */
  mCE: number;
  relativeMCE: number;
  /** True unless all 15 corruptions and 5 severities were evaluated: the means are then not the published measure. */
  partial: boolean;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/**
 * mCE and relative mCE (Hendrycks & Dietterich 2019, section 4.1): CE = Σ_s E(s) / Σ_s E_baseline(s), over the severities
 * evaluated. Meaningful for the 1000 classes of ImageNet, for which the baseline's errors were measured.
 *
 * @throws UserError when the baseline lacks a corruption
 */
export function corruptionErrors(
  result: Pick<RobustnessResult, 'clean' | 'corruptions'>,
  baseline: BaselineErrors = ALEXNET,
): CorruptionErrors {
  const ce: Record<string, number> = {};
  const relativeCE: Record<string, number> = {};
  for (const { name, severities } of result.corruptions) {
    const known = baseline.corrupted[name];
    if (!known) {
      throw new UserError(`corruptionErrors: the baseline must have every corruption, got none for "${name}". Add it.`);
    }
    const model = sum(severities.map(({ error }) => error));
    const base = sum(severities.map(({ severity }) => known[severity - 1]!));
    ce[name] = model / base;
    relativeCE[name] = (model - severities.length * result.clean.error) / (base - severities.length * baseline.clean);
  }
  const common = result.corruptions.filter(({ extra }) => !extra);
  const mean = (values: Record<string, number>) => sum(common.map(({ name }) => values[name]!)) / common.length;
  const complete = common.length === COMMON_COUNT && common.every(({ severities }) => severities.length === 5);
  return { baseline: baseline.name, ce, relativeCE, mCE: mean(ce), relativeMCE: mean(relativeCE), partial: !complete };
}
