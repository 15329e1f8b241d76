import { type Run, runHere } from '@mfm/cli/testing/run-here';
import { runProcess } from '@mfm/cli/testing/run-process';
import { evalCommand } from '../command-table.ts';

/**
 * Runs `pnpm eval` in a process of its own.
 *
 * @param cacheHome folder that features are cached below
 */
export const runEval = (args: readonly string[], cacheHome: string): Promise<Run> =>
  runProcess('packages/eval/dist/cli.js', args, { XDG_CACHE_HOME: cacheHome });

/** Runs `pnpm eval` in this process. */
export const runEvalHere = (...args: readonly string[]): Promise<Run> => runHere(evalCommand(), ...args);
