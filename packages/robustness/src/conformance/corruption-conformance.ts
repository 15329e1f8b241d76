import { createRequire } from 'node:module';
import { startThreadPool } from '@mfm/cli';
import { mapAhead } from '../evaluate/map-ahead.ts';
import type { CorruptionCheck } from './check.ts';
import { type CorruptionCase, caseName, checkCorruptionCase, listCorruptionCases, whyNot } from './corruption-case.ts';
import { openGoldenFolder } from './golden-folder.ts';

/** A part of a golden folder, to be run once. */
export interface CorruptionOutcome {
  /** `<kind>/<corruption>/<size>`, such as `replay/fog/64`. */
  readonly name: string;
  readonly kind: CorruptionCase['kind'];
  /** What was compared; or what it threw, or why it was not run. */
  readonly outcome:
    | { readonly checks: readonly CorruptionCheck[] }
    | { readonly error: Error }
    | { readonly skipped: string };
}

/** The comparison of a folder, begun. */
export interface CorruptionConformance {
  /** Cases in all. */
  readonly count: number;
  /** Each in turn; several are under way at once. */
  readonly outcomes: AsyncGenerator<CorruptionOutcome>;
}

/**
 * Compares every corruption at every size with a folder of the reference's figures and outputs: deterministic ones and replays of stored draws pixel for
 * pixel, others by statistics over seeds; fog's maps, frost's textures, kernels, tables, mCE.
 *
 * @param dir has `manifest.json`; `deterministic_stats.json`, `traces.json`, `stochastic_stats.json`, `frost_stats.json`, `mce.json` where there is that to compare
 * @param workers threads; 0 works in the caller's
 * @throws UserError when it is no such folder
 */
export async function corruptionConformance(dir: string, workers: number): Promise<CorruptionConformance> {
  const golden = await openGoldenFolder(dir);
  const cases = listCorruptionCases(golden);
  return { count: cases.length, outcomes: runCases() };

  async function* runCases(): AsyncGenerator<CorruptionOutcome> {
    // By the package's own name: the same file is found from the sources (tests) and from the build.
    const file = () => createRequire(import.meta.url).resolve('@mfm/robustness/conformance-worker');
    const pool = workers > 0 ? startThreadPool(file(), workers, dir) : undefined;
    const check = (part: CorruptionCase) =>
      pool ? pool.request<readonly CorruptionCheck[]>('check', part) : checkCorruptionCase(golden, part);
    const run = async (part: CorruptionCase): Promise<CorruptionOutcome> => {
      const named = { name: caseName(part), kind: part.kind };
      const skipped = whyNot(part);
      if (skipped !== undefined) return { ...named, outcome: { skipped } };
      try {
        return { ...named, outcome: { checks: await check(part) } };
      } catch (error) {
        return { ...named, outcome: { error: error as Error } };
      }
    };
    try {
      yield* mapAhead(cases, 2 * Math.max(1, workers), run);
    } finally {
      await pool?.close();
    }
  }
}
