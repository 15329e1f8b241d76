#!/usr/bin/env node
import { createCommand, runCommand } from '@mfm/cli';
import { finetune } from './command/finetune.ts';
import { pretrain } from './command/pretrain.ts';
import { addRunOptions } from './command/run-options.ts';

const command = addRunOptions(
  createCommand('train', 'Pre-trains a model by masked frequency modeling.', [
    'pnpm train --list-presets',
    'pnpm train --preset mfm_pretrain__vit_quickstart --epochs 2',
    'pnpm train --preset mfm_pretrain__vit_cifar10 --data data/cifar10 --out runs/cifar',
    'pnpm train --resume --out runs/cifar',
    'pnpm train --config runs/cifar/config.json --seed 1 --set model.task.maskRadius1=6 --out runs/radius-6',
    'pnpm train finetune --checkpoint runs/cifar --data data/cifar10 --epochs 10 --out runs/cifar-finetuned',
  ]),
)
  .option('--list-presets', 'show the presets and end')
  // Both have the same options: those after `finetune` are its own.
  .enablePositionalOptions()
  .action(pretrain);

command.addCommand(
  addRunOptions(
    createCommand('finetune', 'Trains a classifier from pre-trained weights, measuring it after every epoch.', [
      'pnpm train finetune --checkpoint runs/cifar --data data/cifar10 --epochs 10 --out runs/cifar-finetuned',
      'pnpm train finetune --preset finetune__vit_base__img224__100ep --checkpoint official.pth --data imagenet',
      'pnpm train finetune --preset finetune__vit_cifar10 --data data/cifar10 --out runs/scratch',
      'pnpm train finetune --resume --out runs/cifar-finetuned',
    ]),
  )
    .option('--checkpoint <path>', 'weights to begin from: a checkpoint or run of this project, or a PyTorch file')
    .option('--from-scratch', 'take the architecture of --checkpoint, and random weights')
    .option('--validation <path>', 'images to measure accuracy on (default: the split val or test of --data)')
    .option('--resize-position-embedding', 'resize a position embedding of another grid')
    .action(finetune),
);

await runCommand(command);
