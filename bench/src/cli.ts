import { createCommand, formatTable, integerOption, numberListOption, runCommand } from '@mfm/cli';
import { benchConv, CONV_CASES, type ConvResult } from './conv.ts';
import { addCorruptCommand } from './corruptions/corrupt-command.ts';
import { addEnginesCommand } from './engine-parity/engines-command.ts';
import { addEvalCommand } from './evaluation/eval-command.ts';
import { addExportCommand } from './export/export-command.ts';
import { benchFeatures, type FeaturesBench } from './features.ts';
import { addLoaderCommand } from './loader/loader-command.ts';
import { addShrinkCommand } from './loader/shrink-command.ts';
import { lossCurve } from './loss-curve.ts';
import { addAllReduceCommand } from './mpi/all-reduce-command.ts';
import { addPredictCommand } from './mpi/predict-command.ts';
import { addScalingCommand } from './mpi/scaling-command.ts';
import { benchPrecision } from './precision.ts';
import { addPytorchCommand } from './pytorch/pytorch-command.ts';
import { addSharingCommand } from './sharing/sharing-command.ts';
import { benchStep, STEP_CASES, type StepResult } from './step.ts';

const command = createCommand('bench', 'Benchmarks; ratios are of figures measured in one process.', [
  'pnpm bench step',
  'pnpm bench conv --only 3×3',
  'pnpm bench export --all --model resnet50 --images data/imagenet/val',
  'pnpm bench precision --models fp32.onnx,fp16.onnx,int8.onnx --data data/cifar10',
  'pnpm bench loader --data data/cifar10 --size 32',
  'pnpm bench step --preset mfm_pretrain__vit_cifar10 --batch-size 64 --json',
  'pnpm bench pytorch --preset mfm_pretrain__vit_small__img224__300ep --batch-size 8 --compile',
  'pnpm bench allreduce --ranks 2',
  'pnpm bench scaling --ranks 1,2 --batch-per-rank 32',
  'pnpm bench predict --images-per-second 7.7 --batch-per-rank 8 --parameters 22',
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
  .option(
    '--preset <name>',
    'one preset; default: ViT-S/16, ResNet-50 and Swin-T at 224 px, batch 8, and the CIFAR-10 preset, batch 64',
  )
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

interface ConvOptions {
  only?: string;
  batchSize: number;
  rounds: number;
  threads?: number;
  json?: boolean;
}

command
  .command('conv')
  .description(
    'Every lowering of the convolutions of ResNet-50 at 224 px and of their gradients; * marks what is chosen.',
  )
  .option('--only <text>', 'the convolutions whose names contain this, such as 3×3 or 14²')
  .option('--batch-size <n>', 'images', integerOption('--batch-size'), 8)
  .option('--rounds <n>', 'turns of three timed runs', integerOption('--rounds'), 3)
  .option('--threads <n>', 'threads within an operator', integerOption('--threads'))
  .option('--json', 'print one JSON document')
  .action(async ({ only = '', batchSize, rounds, threads, json }: ConvOptions) => {
    const results: ConvResult[] = [];
    for (const row of CONV_CASES.filter(({ name }) => name.includes(only))) {
      process.stderr.write(`bench conv: ${row.name} …\n`);
      results.push(...(await benchConv(row, batchSize, rounds, threads)));
    }
    if (json) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
    else {
      const rows = results.map((r) => [
        r.convolution,
        r.pass,
        `${r.lowering}${r.chosen ? ' *' : ''}`,
        r.milliseconds.toFixed(2),
        r.gflopPerSecond.toFixed(0),
        r.gemmGflopPerSecond.toFixed(0),
      ]);
      process.stdout.write(`${formatTable(['convolution', 'pass', 'lowering', 'ms', 'GFLOP/s', 'bare Gemm'], rows)}\n`);
    }
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

command
  .command('features')
  .description('Most memory of a linear probe on synthetic images, by their number: features are streamed to disk.')
  .option('--images <numbers>', 'comma-separated', '10000,100000')
  .option('--json', 'print one JSON document')
  .action(async ({ images, json }: { images: string; json?: boolean }) => {
    const results: FeaturesBench[] = [];
    for (const count of numberListOption('--images', { integer: true, least: 100 })(images)) {
      process.stderr.write(`bench features: ${count} images …\n`);
      results.push(await benchFeatures(count));
    }
    if (json) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
    else {
      const rows = results.map((r) => [
        ...[r.images, r.featureMegabytes.toFixed(0), r.peakMegabytes.toFixed(0), r.seconds.toFixed(0)],
        r.cpuSeconds.toFixed(0),
      ]);
      process.stdout.write(`${formatTable(['images', 'features, MB', 'peak, MB', 's', 'processor s'], rows)}\n`);
    }
  });

interface PrecisionOptions {
  models: string;
  data?: string;
  images?: number;
  batch: number;
  rounds: number;
  threads?: number;
  json?: boolean;
}

const perCent = (share: number | undefined) => (share === undefined ? '–' : (100 * share).toFixed(2));

command
  .command('precision')
  .description('Files of one model in several precisions beside the first: size, speed in turns, accuracy, agreement.')
  .requiredOption('--models <files>', 'comma-separated ONNX files; the first is what the others are compared with')
  .option('--data <path>', 'a data set with a test split, for classifiers')
  .option('--images <n>', 'test images (default: all)', integerOption('--images'))
  .option('--batch <n>', 'images of a timed run', integerOption('--batch'), 8)
  .option('--rounds <n>', 'timed runs of each', integerOption('--rounds'), 20)
  .option('--threads <n>', 'threads within an operator', integerOption('--threads'))
  .option('--json', 'print one JSON document')
  .action(async ({ models, json, ...options }: PrecisionOptions) => {
    const results = await benchPrecision({ ...options, models: models.split(',') });
    if (json) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
    else {
      const rows = results.map((r) => [
        ...[r.model, r.precision, (r.bytes / 1e6).toFixed(2), perCent(r.accuracy), perCent(r.agreement)],
        ...[r.milliseconds.toFixed(1), r.speed.toFixed(2)],
      ]);
      const head = ['model', 'precision', 'MB', 'top-1 %', 'agreement %', 'ms/batch', 'speed'];
      process.stdout.write(`${formatTable(head, rows)}\n`);
    }
  });

addExportCommand(command);
addCorruptCommand(command);
addEvalCommand(command);
addEnginesCommand(command);
addPytorchCommand(command);
addLoaderCommand(command);
addShrinkCommand(command);
addAllReduceCommand(command);
addScalingCommand(command);
addPredictCommand(command);
addSharingCommand(command);

await runCommand(command);
