import { type Command, formatTable, integerOption } from '@mfm/cli';
import { benchLoader, type LoaderResult } from './loader.ts';
import { type NoTorchvision, type TorchvisionResult, timeTorchvision } from './torchvision.ts';

interface LoaderOptions {
  data: string;
  size: number;
  seconds: number;
  python: string;
  torchvision: boolean;
  json?: boolean;
}

const rate = (value: number) => value.toFixed(0);

function print(results: readonly LoaderResult[], reference: TorchvisionResult | NoTorchvision | undefined): void {
  const rows = results.map((r) => [...[`${r.workers} workers`, rate(r.imagesPerSecond), rate(r.imagesPerCoreSecond)]]);
  if (reference && 'images' in reference) {
    const { images, seconds, processorSeconds, torchvision, pillow } = reference;
    rows.push([
      `torchvision ${torchvision}, Pillow ${pillow}`,
      rate(images / seconds),
      rate(images / processorSeconds),
    ]);
  }
  process.stdout.write(`${formatTable(['loader', 'images/s', 'images per core and second'], rows)}\n`);
  if (reference && 'missing' in reference) process.stdout.write(`${reference.missing}\n`);
}

/** Adds `pnpm bench loader`. */
export function addLoaderCommand(command: Command): void {
  command
    .command('loader')
    .description(
      'Images per second of the loader with the training transform, by number of worker threads (0: the main thread), beside torchvision where Python has it.',
    )
    .requiredOption('--data <path>', 'images, as for pnpm train')
    .option('--size <px>', 'side of the crops', integerOption('--size'), 224)
    .option('--seconds <n>', 'for each number of workers', integerOption('--seconds'), 5)
    .option('--python <path>', 'the Python that torchvision is timed in', 'python3')
    .option('--no-torchvision', 'leave torchvision out')
    .option('--json', 'print one JSON document')
    .action(async ({ data, size, seconds, python, torchvision, json }: LoaderOptions) => {
      process.stderr.write(`bench loader: ${data} at ${size} px …\n`);
      // The main thread last: what sharp has allocated there slows down the memory of whatever comes after it.
      const results = await benchLoader(data, size, [1, 2, 0], seconds);
      const reference = torchvision ? await timeTorchvision(data, size, seconds, python) : undefined;
      if (json)
        process.stdout.write(`${JSON.stringify({ loader: results, torchvision: reference ?? null }, null, 2)}\n`);
      else print(results, reference);
    });
}
