import { type Run, runHere } from '@mfm/cli/testing/run-here';
import { runProcess } from '@mfm/cli/testing/run-process';
import { exportCommand } from '../command.ts';

/** Runs `pnpm export` in a process of its own. */
export const runExport = (...args: readonly string[]): Promise<Run> => runProcess('packages/export/dist/cli.js', args);

/** Runs `pnpm export` in this process. */
export const runExportHere = (...args: readonly string[]): Promise<Run> => runHere(exportCommand(), ...args);
