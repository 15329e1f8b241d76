import { type Run, runHere } from '@mfm/cli/testing/run-here';
import { evalCommand } from '../command-table.ts';

/** Runs `pnpm eval` with these arguments in this process. */
export const runEvalHere = (...args: readonly string[]): Promise<Run> => runHere(evalCommand(), ...args);
