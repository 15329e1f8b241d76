import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Check, Outcome } from '../check/check.ts';
import type { GoldenCase } from '../golden/golden-case.ts';
import type { FuzzOutput } from './fuzz-process.ts';

/** Copies of one file, unless more are wanted; of a large one, as many as come to the megabytes. */
const COPIES = { most: 2000, megabytes: 4096 };
const SEED = 0;

/**
 * Bounds for damaged copies: processor seconds of one, and megabytes of the whole process, which grow with the largest file; processor
 * seconds of all, which grow with what is read. Megabytes of files below these change nothing.
 */
const BOUNDS = { one: 2, memory: 512, all: 30 };
const SMALL = { one: 2, memory: 32, all: 4096 };

const boundFor = (key: keyof typeof BOUNDS, megabytes: number): number =>
  BOUNDS[key] * Math.max(1, megabytes / SMALL[key]);

/** When a process that does not end is ended, in milliseconds: far beyond the bounds, for a busy machine. */
const LONGEST = 10 * 60_000;

const PROCESS = fileURLToPath(new URL('./fuzz-process.js', import.meta.url));

/** The `.pth` files that cases name, each once. */
export function pthFiles(cases: readonly GoldenCase[]): string[] {
  const paths = cases.flatMap(({ json, path }) =>
    [json.pth, json.files]
      .flat()
      .filter((file): file is string => typeof file === 'string' && file.endsWith('.pth'))
      .map(path),
  );
  return [...new Set(paths)];
}

/** How many damaged copies of a file of this size are read. */
export const copiesFor = (bytes: number, most = COPIES.most): number =>
  Math.min(most, Math.ceil((COPIES.megabytes * 1e6) / Math.max(1, bytes)));

/** Checks of what a run of the process found. */
export function fuzzChecks({ reports, peakMegabytes }: FuzzOutput): Check[] {
  const sum = (of: (report: FuzzOutput['reports'][number]) => number) => reports.reduce((total, r) => total + of(r), 0);
  const largest = Math.max(...reports.map(({ bytes }) => bytes)) / 1e6;
  const read = sum(({ bytes, copies }) => bytes * copies) / 1e6;
  return [
    ...reports.map(({ file, failures }) => ({ name: `${file} errors`, error: failures.length, tolerance: 0 })),
    // Damage that changes nothing would find nothing: a tenth of the copies, at least, is refused.
    { name: 'copies that were read', error: sum((r) => r.copies - r.refused) / sum((r) => r.copies), tolerance: 0.9 },
    {
      name: 'slowest copy, s',
      error: Math.max(...reports.map(({ slowest }) => slowest)),
      tolerance: boundFor('one', largest),
    },
    { name: 'all copies, s', error: sum(({ seconds }) => seconds), tolerance: boundFor('all', read) },
    { name: 'memory, MB', error: peakMegabytes, tolerance: boundFor('memory', largest) },
  ];
}

/**
 * Reads damaged copies of files in a process of its own: each gives a value or a clear message, soon.
 *
 * @param paths `.pth` and `.onnx` files
 * @param copies of each file, at most
 */
export async function runFuzz(paths: readonly string[], copies = COPIES.most): Promise<Outcome> {
  const args = [PROCESS, `${SEED}`, `${copies}`, ...paths];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: LONGEST, maxBuffer: 2 ** 26 });
  const output: FuzzOutput = JSON.parse(stdout);
  const [first] = output.reports.flatMap(({ failures }) => failures);
  const total = (key: 'copies' | 'refused') => output.reports.reduce((sum, report) => sum + report[key], 0);
  return {
    checks: fuzzChecks(output),
    note: first ?? `${total('copies')} damaged copies, ${total('refused')} refused`,
  };
}
