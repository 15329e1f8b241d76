#!/usr/bin/env node
import { createCommand, integerOption, runCommand, UserError } from '@mfm/cli';
import { pretrain } from './command/pretrain.ts';

function rateOption(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0 && text.trim() !== '') return value;
  throw new UserError(`--lr: must be a number above 0, got "${text}".`);
}

const command = createCommand('train', 'Pre-trains a model by masked frequency modeling.', [
  'pnpm train --list-presets',
  'pnpm train --preset mfm_pretrain__vit_quickstart --epochs 2',
  'pnpm train --preset mfm_pretrain__vit_cifar10 --data data/cifar10 --out runs/cifar',
  'pnpm train --resume --out runs/cifar',
  'pnpm train --config runs/cifar/config.json --seed 1 --set model.task.maskRadius1=6 --out runs/radius-6',
]);

command
  .option('--preset <name>', 'configuration to begin from (see --list-presets)')
  .option('--config <file>', 'configuration as JSON, laid over the preset; config.json of a run is one')
  .option('--data <path>', 'images: a folder, shards, CIFAR-10, "synthetic" or "synthetic:<n>"')
  .option('--out <folder>', 'run directory (default: runs/<preset>)')
  .option('--epochs <n>', 'passes over the data', integerOption('--epochs'))
  .option('--batch-size <n>', 'images per pass', integerOption('--batch-size'))
  .option('--lr <rate>', 'peak learning rate in force (configurations give it per 512 images)', rateOption)
  .option('--engine <name>', 'onnxruntime (compiled, default) or tfjs (eager)')
  .option(
    '--device <name>',
    'cpu (default), webgpu, cuda, cuda:<n>; with --engine tfjs: tensorflow, wasm, cpu (default: the first that is there)',
  )
  .option('--threads <n>', 'threads of the engine (default: one per core)', integerOption('--threads'))
  .option('--workers <n>', 'threads that load images', integerOption('--workers', 0))
  .option('--seed <n>', 'of everything random', integerOption('--seed', 0))
  .option('--set <key=value>', 'any value of the configuration, by its dotted name; repeatable', collect, [])
  .option('--resume', 'go on from the newest checkpoint of the run directory')
  .option('--skip-bad', 'leave undecodable images out, and list them')
  .option('--list-presets', 'show the presets and end')
  .option('--json', 'print the result as JSON')
  .action(pretrain);

function collect(value: string, previous: string[]): string[] {
  return [...previous, value];
}

await runCommand(command);
