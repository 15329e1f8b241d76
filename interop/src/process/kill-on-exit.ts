import type { ChildProcess } from 'node:child_process';

const running = new Set<() => void>();

const killAll = () => {
  for (const kill of running) kill();
};

let watching = false;

function watch(): void {
  if (watching) return;
  watching = true;
  process.once('exit', killAll);
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => process.exit(signal === 'SIGINT' ? 130 : 143));
}

/**
 * Sees to it that a child, started `detached` so that it leads a group, does not outlive this process.
 *
 * @returns kills it and all that it has started (a browser has many processes), if it still runs
 */
export function killOnExit(child: ChildProcess): () => void {
  watch();
  const kill = () => {
    running.delete(kill);
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // Already gone.
    }
  };
  running.add(kill);
  child.once('close', () => running.delete(kill));
  return kill;
}
