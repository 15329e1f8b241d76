import { availableParallelism } from 'node:os';
import { type Command, formatTable, integerOption, startProgress } from '@mfm/cli';
import { type ChosenCorruptions, corruptionNames, parseCorruptions } from '@mfm/eval';
import { type CorruptionSpeed, corruptionSpeeds, timedImages } from './corruption-speed.ts';
import { INSTALL_REFERENCE, openReference, type ReferenceSpeed } from './reference-speed.ts';

interface CorruptOptions {
  readonly corruptions: ChosenCorruptions;
  readonly workers: number;
  readonly seconds: number;
  readonly python: string;
  readonly json?: boolean;
}

/** One corruption, and what Python made of it. */
interface Row extends CorruptionSpeed {
  readonly reference?: ReferenceSpeed;
}

function print(rows: readonly Row[], source: string | undefined): void {
  const cells = rows.map(({ corruption, imagesPerSecond, milliseconds, reference }) => {
    const row = [corruption, imagesPerSecond.toFixed(0), milliseconds.toFixed(1)];
    if (!reference) return row;
    if ('error' in reference) return [...row, '–', '–', reference.error];
    const ratio = reference.milliseconds / milliseconds;
    return [...row, reference.imagesPerSecond.toFixed(0), reference.milliseconds.toFixed(1), ratio.toFixed(2)];
  });
  const others = source === undefined ? [] : ["Python's images/s", 'ms/image', 'ratio of ms'];
  const head = ['corruption', 'images/s', 'ms/image', ...others];
  process.stdout.write(`${formatTable(head, cells)}\n`);
  if (source !== undefined) process.stdout.write(`Python: ${source}\n`);
}

/** Adds `pnpm bench corrupt`. */
export function addCorruptCommand(command: Command): void {
  command
    .command('corrupt')
    .description(
      "Images per second of every corruption at 224 px on all cores, beside Python's reference functions where they are installed.",
    )
    .option('--corruptions <names>', 'comma-separated', parseCorruptions, 'all')
    .option('--workers <n>', 'threads, and processes of Python', integerOption('--workers'), availableParallelism())
    .option('--seconds <n>', 'for each corruption', integerOption('--seconds'), 2)
    .option('--python <path>', 'a Python that may have imagecorruptions', 'python3')
    .option('--json', 'print one JSON document')
    .action(async ({ corruptions, workers, seconds, python, json }: CorruptOptions) => {
      const names = corruptionNames(corruptions);
      const pixels = await timedImages();
      const reference = await openReference(python, pixels, workers, seconds);
      const progress = startProgress('bench corrupt', names.length);
      const rows: Row[] = [];
      try {
        // In turns: both see the same load of the machine.
        for await (const speed of corruptionSpeeds(names, pixels, workers, seconds)) {
          const { corruption } = speed;
          rows.push('missing' in reference ? speed : { ...speed, reference: await reference.time(corruption) });
          progress.update(rows.length, corruption);
        }
      } finally {
        progress.stop();
        if ('close' in reference) await reference.close();
      }
      const source = 'source' in reference ? reference.source : undefined;
      if (json)
        process.stdout.write(
          `${JSON.stringify({ workers, seconds, corruptions: rows, source: source ?? null }, null, 2)}\n`,
        );
      else print(rows, source);
      if ('missing' in reference) process.stderr.write(`${reference.missing}\n${INSTALL_REFERENCE}\n`);
    });
}
