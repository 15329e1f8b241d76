import { type Command, formatTable, integerOption, numberListOption } from '@mfm/cli';
import { benchSharing, type SharingRow } from './sharing.ts';

interface SharingOptions {
  preset: string;
  batchSize: number;
  jobs: string;
  seconds: number;
  rounds: number;
  json?: boolean;
}

/** Adds `pnpm bench sharing`. */
export function addSharingCommand(command: Command): void {
  command
    .command('sharing')
    .description(
      'Trainings at once on the same cores, with threads that poll for work (MFM_SPIN=1) and that sleep (0).',
    )
    .option('--preset <name>', 'what is trained', 'mfm_pretrain__vit_cifar10')
    .option('--batch-size <n>', 'images per step', integerOption('--batch-size'), 64)
    .option('--jobs <counts>', 'numbers of trainings', '1,2')
    .option('--seconds <n>', 'of each measurement', integerOption('--seconds'), 10)
    .option('--rounds <n>', 'in turns; the fastest of each counts', integerOption('--rounds'), 2)
    .option('--json', 'print one JSON document')
    .action(async ({ preset, batchSize, jobs, seconds, rounds, json }: SharingOptions) => {
      const best = new Map<string, SharingRow>();
      for (let round = 0; round < rounds; round++) {
        for (const count of numberListOption('--jobs', { integer: true })(jobs)) {
          for (const spin of [true, false]) {
            process.stderr.write(`bench sharing: ${count} jobs, ${spin ? 'polling' : 'asleep'} …\n`);
            const row = await benchSharing(preset, batchSize, count, spin, seconds);
            const key = `${count} ${spin}`;
            if (row.imagesPerSecond > (best.get(key)?.imagesPerSecond ?? 0)) best.set(key, row);
          }
        }
      }
      const rows = [...best.values()];
      if (json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
      else {
        const cells = rows.map((row) => [
          ...[row.jobs, row.spin ? 'poll' : 'sleep', row.imagesPerSecond.toFixed(1), row.fairness.toFixed(2)],
        ]);
        process.stdout.write(`${formatTable(['jobs', 'threads', 'images/s in all', 'slowest / fastest'], cells)}\n`);
      }
    });
}
