import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { type Run, runHere } from '@mfm/cli/testing/run-here';
import { exportCommand } from '../command.ts';

const CLI = join(process.cwd(), 'packages/export/dist/cli.js');

/** Runs `pnpm export` in a process of its own. */
export function runExport(...args: string[]): Promise<Run> {
  return new Promise((resolve) => {
    execFile(process.execPath, [CLI, ...args], (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

/** Runs `pnpm export` in this process. */
export const runExportHere = (...args: readonly string[]): Promise<Run> => runHere(exportCommand(), ...args);
