import { createCommand, formatTable, integerOption, runCommand } from '@mfm/cli';
import { benchLoader } from './loader.ts';
import { lossCurve } from './loss-curve.ts';
import { benchStep, STEP_CASES, type StepResult } from './step.ts';

const command = createCommand('bench', 'Benchmarks; ratios are of figures measured in one process.', [
  'pnpm bench step',
  'pnpm bench loader --data data/cifar10 --size 32',
  'pnpm bench step --preset mfm_pretrain__vit_cifar10 --batch-size 64 --json',
]);

interface StepOptions {
  preset?: string;
  batchSize: number;
  runs: number;
  threads?: number;
  profile?: string;
  json?: boolean;
}

function print(results: readonly StepResult[]): void {
  const head = ['preset', 'batch', 's/step', 'images/s', 'GFLOP/step', 'GFLOP/s', 'bare Gemm', 'ratio'];
  const rows = results.map((r) => [
    r.preset,
    r.batchSize,
    r.secondsPerStep.toFixed(3),
    r.imagesPerSecond.toFixed(1),
    r.gflopPerStep.toFixed(1),
    r.gflopPerSecond.toFixed(0),
    r.gemmGflopPerSecond.toFixed(0),
    r.ratio.toFixed(3),
  ]);
  process.stdout.write(`${formatTable(head, rows)}\n`);
}

command
  .command('step')
  .description('The whole training step (forward, backward, clipping, AdamW) beside a bare ONNX Runtime Gemm of 1024³.')
  .option('--preset <name>', 'one preset; default: ViT-S/16 at 224 px, batch 8, and the CIFAR-10 preset, batch 64')
  .option('--batch-size <n>', 'images per step, with --preset', integerOption('--batch-size'), 64)
  .option('--runs <n>', 'timed steps, with --preset', integerOption('--runs'), 10)
  .option('--threads <n>', 'threads within an operator', integerOption('--threads'))
  .option('--profile <prefix>', "write ONNX Runtime's profile, a Chrome trace")
  .option('--json', 'print one JSON document')
  .action(async ({ preset, batchSize, runs, threads, profile, json }: StepOptions) => {
    const results: StepResult[] = [];
    for (const row of preset ? [{ preset, batchSize, runs }] : STEP_CASES) {
      process.stderr.write(`bench step: ${row.preset}, batch ${row.batchSize} …\n`);
      results.push(await benchStep(row, threads, profile));
    }
    if (json) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
    else print(results);
  });

command
  .command('loss-curve')
  .description("Draws a run's training loss as SVG and prints its mean by epoch.")
  .requiredOption('--run <folder>', 'run directory')
  .requiredOption('--out <file>', 'SVG file to write')
  .option('--json', 'print one JSON document')
  .action(async ({ run, out, json }: { run: string; out: string; json?: boolean }) => {
    const epochs = await lossCurve(run, out);
    if (json) process.stdout.write(`${JSON.stringify(epochs)}\n`);
    else
      process.stdout.write(
        `${formatTable(
          ['epoch', 'mean loss'],
          epochs.map(({ epoch, loss }) => [epoch, loss.toFixed(4)]),
        )}\n`,
      );
  });

interface LoaderOptions {
  data: string;
  size: number;
  seconds: number;
  json?: boolean;
}

command
  .command('loader')
  .description(
    'Images per second of the loader with the training transform, by number of worker threads (0: the main thread).',
  )
  .requiredOption('--data <path>', 'images, as for pnpm train')
  .option('--size <px>', 'side of the crops', integerOption('--size'), 32)
  .option('--seconds <n>', 'for each number of workers', integerOption('--seconds'), 5)
  .option('--json', 'print one JSON document')
  .action(async ({ data, size, seconds, json }: LoaderOptions) => {
    process.stderr.write(`bench loader: ${data} at ${size} px …\n`);
    const results = await benchLoader(data, size, [0, 1, 2], seconds);
    if (json) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
    else {
      const rows = results.map(({ workers, imagesPerSecond }) => [workers, imagesPerSecond.toFixed(0)]);
      process.stdout.write(`${formatTable(['workers', 'images/s'], rows)}\n`);
    }
  });

await runCommand(command);
