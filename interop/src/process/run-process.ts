import { spawn } from 'node:child_process';
import { killOnExit } from './kill-on-exit.ts';

export interface ProcessOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** The process and all that it started are killed after this. */
  readonly timeoutSeconds: number;
}

/** Characters of a program's output that a message quotes, from its end. */
const QUOTED = 2000;

/**
 * Runs a program to its end.
 *
 * @returns what it printed on standard output
 * @throws Error when it cannot be started, fails or takes too long, with the end of what it printed
 */
export function runProcess(command: string, args: readonly string[], options: ProcessOptions): Promise<string> {
  const { cwd, env, timeoutSeconds } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const kill = killOnExit(child);
    let [out, all, late] = ['', '', false];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      all = (all + text).slice(-QUOTED);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      all = (all + text).slice(-QUOTED);
    });
    const timer = setTimeout(() => {
      late = true;
      kill();
    }, timeoutSeconds * 1000);
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(new Error(`"${command}" cannot be started: ${error.message}`));
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) return resolve(out);
      const how = late ? `took more than ${timeoutSeconds} s` : `ended with ${signal ?? `exit code ${code}`}`;
      reject(new Error(`"${[command, ...args].join(' ')}" ${how}: ${all.trim()}`));
    });
  });
}
