import { createCommand, integerOption } from '@mfm/cli';
import { finetune } from './finetune.ts';
import { pretrain } from './pretrain.ts';
import { addRunOptions } from './run-options.ts';
import { segmentation } from './segmentation.ts';

/** The command `pnpm train`. */
export function trainCommand() {
  const command = addRunOptions(
    createCommand('train', 'Pre-trains a model by masked frequency modeling.', [
      'pnpm train --list-presets',
      'pnpm train --preset mfm_pretrain__vit_quickstart --epochs 2',
      'pnpm train --preset mfm_pretrain__vit_cifar10 --data data/cifar10 --out runs/cifar',
      'pnpm train --resume --out runs/cifar',
      'pnpm train --config runs/cifar/config.json --seed 1 --set model.task.maskRadius1=6 --out runs/radius-6',
      'pnpm train finetune --checkpoint runs/cifar --data data/cifar10 --epochs 10 --out runs/cifar-finetuned',
      'pnpm train segmentation --preset upernet_resnet_synthetic --out runs/scenes',
    ]),
  )
    .option('--list-presets', 'show the presets and end')
    // All have the same options: those after `finetune` or `segmentation` are theirs.
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

  command.addCommand(
    addRunOptions(
      createCommand('segmentation', 'Trains UperNet on a pre-trained encoder, measuring mIoU as it goes.', [
        'pnpm train segmentation --preset upernet_resnet_synthetic --checkpoint runs/mfm_pretrain__resnet_synthetic64',
        'pnpm train segmentation --preset upernet_vit_base_ade20k_160k --checkpoint official.pth --data data/ade20k',
        'pnpm train segmentation --checkpoint runs/mine --data VOCdevkit/VOC2012 --epochs 50 --out runs/voc',
        'pnpm train segmentation --resume --out runs/voc',
      ]),
    )
      .option('--checkpoint <path>', 'weights to begin from: a checkpoint or run of this project, or a PyTorch file')
      .option('--from-scratch', 'take the architecture of --checkpoint, and random weights')
      .option('--validation <path>', 'images and masks to measure mIoU on (default: the split val or test of --data)')
      .option('--steps <n>', 'optimiser steps, instead of --epochs', integerOption('--steps'))
      .action(segmentation),
  );

  return command;
}
