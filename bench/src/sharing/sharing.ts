import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { JobResult } from './sharing-process.ts';

const PROCESS = fileURLToPath(new URL('../../dist/sharing/sharing-process.js', import.meta.url));

/** So many jobs at once. */
export interface SharingRow {
  readonly jobs: number;
  /** Whether waiting threads polled for work. */
  readonly spin: boolean;
  /** Of all jobs together. */
  readonly imagesPerSecond: number;
  /** The slowest job's share of the fastest's steps: 1 is fair. */
  readonly fairness: number;
}

interface Job {
  readonly child: ChildProcess;
  readonly lines: AsyncIterator<string>;
}

function startJob(args: readonly string[], spin: boolean): Job {
  const env = { ...process.env, MFM_SPIN: spin ? '1' : '0' };
  const child = spawn(process.execPath, [PROCESS, ...args], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  return { child, lines: createInterface({ input: child.stdout! })[Symbol.asyncIterator]() };
}

async function nextLine({ child, lines }: Job): Promise<string> {
  const { value, done } = await lines.next();
  if (!done) return value;
  if (child.exitCode === null) await once(child, 'exit');
  throw new Error(`benchSharing: a job must report, it ended with exit code ${child.exitCode}.`);
}

/** Trains with a preset in several processes at once, each with a thread per core as if it were alone, for so many seconds. */
export async function benchSharing(
  preset: string,
  batchSize: number,
  jobs: number,
  spin: boolean,
  seconds: number,
): Promise<SharingRow> {
  const started = Array.from({ length: jobs }, () => startJob([preset, String(batchSize), String(seconds)], spin));
  try {
    for (const job of started) await nextLine(job);
    for (const { child } of started) child.stdin!.write('begin\n');
    const results = await Promise.all(started.map(async (job) => JSON.parse(await nextLine(job)) as JobResult));
    const rates = results.map(({ steps, seconds: taken }) => steps / taken);
    const imagesPerSecond = batchSize * rates.reduce((a, b) => a + b, 0);
    return { jobs, spin, imagesPerSecond, fairness: Math.min(...rates) / Math.max(...rates) };
  } finally {
    for (const { child } of started) child.kill();
  }
}
