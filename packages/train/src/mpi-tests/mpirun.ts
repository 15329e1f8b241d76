import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A training under way on several ranks. */
export interface Job {
  /** Of mpirun. */
  readonly child: ChildProcess;
  readonly ended: Promise<Outcome>;
  /** Process id of a rank. */
  pid(rank: number): Promise<number>;
}

/** Each rank leaves its process id in the folder, then becomes the program. */
const RANK_SCRIPT = 'echo $$ > "$MFM_PIDS/pid-$OMPI_COMM_WORLD_RANK"; exec "$0" "$@"';

function collect(child: ChildProcess): Promise<Outcome> {
  const [stdout, stderr]: [string[], string[]] = [[], []];
  child.stdout!.on('data', (text) => stdout.push(String(text)));
  child.stderr!.on('data', (text) => stderr.push(String(text)));
  return once(child, 'close').then(([code]) => ({
    code: code as number | null,
    stdout: stdout.join(''),
    stderr: stderr.join(''),
  }));
}

/** Starts `pnpm train` on so many ranks of Open MPI; on one, as an ordinary process. */
export function startTraining(ranks: number, pids: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Job {
  const program = [process.execPath, cli, ...args];
  // More ranks than cores share them; waiting ranks must then give theirs up.
  const launcher = ['mpirun', '--allow-run-as-root', '--oversubscribe', '-n', String(ranks), 'bash', '-c', RANK_SCRIPT];
  const [command, ...rest] = ranks > 1 ? [...launcher, ...program] : program;
  const child = spawn(command!, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, MFM_PIDS: pids, ...env },
  });
  return {
    child,
    ended: collect(child),
    pid: async (rank) => Number(await readFile(join(pids, `pid-${rank}`), 'utf8')),
  };
}

/** Trains to the end. @throws Error with what was printed for an exit code other than 0 */
export async function train(ranks: number, pids: string, args: readonly string[]): Promise<Outcome> {
  const outcome = await startTraining(ranks, pids, args).ended;
  if (outcome.code !== 0) throw new Error(`exit code ${outcome.code}\n${outcome.stderr}`);
  return outcome;
}
