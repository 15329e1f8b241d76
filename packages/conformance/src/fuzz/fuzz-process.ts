import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { peakMegabytes } from '@mfm/cli';
import { copiesFor } from './fuzz-case.ts';
import { type FuzzReport, fuzzFile } from './fuzz-file.ts';

/** What the process prints, as JSON. */
export interface FuzzOutput {
  readonly reports: readonly FuzzReport[];
  /** Most memory that the process ever had, in MB. */
  readonly peakMegabytes: number;
}

// A process of its own: what a damaged file takes in time and memory shows, and can be ended.
const [seed, most, ...paths] = process.argv.slice(2);
const reports: FuzzReport[] = [];
for (const path of paths) {
  const bytes = await readFile(path);
  reports.push(await fuzzFile(basename(path), bytes, copiesFor(bytes.length, Number(most)), Number(seed)));
}
const output: FuzzOutput = { reports, peakMegabytes: peakMegabytes() };
process.stdout.write(JSON.stringify(output));
