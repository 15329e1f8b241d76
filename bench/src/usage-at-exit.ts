// Preloaded into a command (`node --import`): writes what it used to the file that the environment names.
import { writeFileSync } from 'node:fs';
import { peakMegabytes } from '@mfm/cli';

/** What a process used until its end. */
export interface ProcessUsage {
  /** Most memory that it ever had. */
  readonly peakMegabytes: number;
  /** Of all threads; where other programs take the processors too, what it would have taken at least on one alone. */
  readonly cpuSeconds: number;
}

const file = process.env.MFM_USAGE_FILE;
process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  const usage: ProcessUsage = { peakMegabytes: peakMegabytes(), cpuSeconds: (user + system) / 1e6 };
  if (file !== undefined) writeFileSync(file, JSON.stringify(usage));
});
