import type { Command } from 'commander';
import { runCommand } from '../run-command.ts';

/** What a command printed and how it ended. */
export interface Run {
  readonly code: number;
  readonly stdout: string;
  /** Without lines of progress. */
  readonly stderr: string;
}

const isProgress = (line: string) => /^[a-z -]+ \d+\/\d+ /.test(line);

/** Runs a command line in this process: its own reading of arguments, errors and exit code, without the start of another process, which takes a second. */
export async function runHere(command: Command, ...args: readonly string[]): Promise<Run> {
  const written = { stdout: '', stderr: '' };
  const streams = ['stdout', 'stderr'] as const;
  const writers = streams.map((name) => process[name].write);
  const { exitCode } = process;
  try {
    process.exitCode = 0;
    for (const name of streams) {
      process[name].write = (text: string | Uint8Array) => {
        written[name] += String(text);
        return true;
      };
    }
    await runCommand(command, args);
    const stderr = written.stderr
      .split('\n')
      .filter((line) => !isProgress(line))
      .join('\n');
    return { stdout: written.stdout, stderr, code: Number(process.exitCode) };
  } finally {
    process.exitCode = exitCode;
    for (const [i, name] of streams.entries()) process[name].write = writers[i]!;
  }
}
