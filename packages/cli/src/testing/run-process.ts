import { execFile } from 'node:child_process';
import type { Run } from './run-here.ts';

/**
 * Runs a built command in a process of its own.
 *
 * @param cli its script, from the root of the repository
 * @param environment beside that of this process
 */
export function runProcess(
  cli: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Run> {
  return new Promise((resolve) => {
    const env = { ...process.env, ...environment };
    execFile(process.execPath, [cli, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}
