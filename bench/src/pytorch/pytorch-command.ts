import { type Command, formatTable, integerOption } from '@mfm/cli';
import { type ComparisonOptions, compareSteps } from './compare-steps.ts';

/** Adds `pnpm bench pytorch`. */
export function addPytorchCommand(command: Command): void {
  command
    .command('pytorch')
    .description('The whole training step beside the same in PyTorch: same weights, images and masks, in turns.')
    .option('--preset <name>', 'a preset of MFM with a ViT or ResNet', 'mfm_pretrain__vit_cifar10')
    .option('--batch-size <n>', 'images per step', integerOption('--batch-size'), 64)
    .option('--runs <n>', 'timed steps of each turn', integerOption('--runs'), 8)
    .option('--rounds <n>', 'turns; the fastest of each counts', integerOption('--rounds'), 3)
    .option('--threads <n>', 'threads of each (default: one per core)', integerOption('--threads'))
    .option('--python <path>', 'the Python that has PyTorch', 'python3')
    .option('--compile', 'also by torch.compile')
    .option('--json', 'print one JSON document')
    .action(
      async ({ json, compile = false, ...options }: ComparisonOptions & { json?: boolean; compile?: boolean }) => {
        const rows = await compareSteps({ ...options, compile }, (what) =>
          process.stderr.write(`bench pytorch: ${what} …\n`),
        );
        if (json) {
          process.stdout.write(`${JSON.stringify({ ...options, programs: rows }, null, 2)}\n`);
          return;
        }
        const [{ secondsPerStep: own }] = rows as [(typeof rows)[number]];
        const cells = rows.map((row) => [
          ...[row.program, row.secondsPerStep.toFixed(3), row.imagesPerSecond.toFixed(1)],
          ...[(row.secondsPerStep / own).toFixed(2), row.lossDifference.toExponential(1)],
        ]);
        const head = ['program', 's/step', 'images/s', 'times ours', 'loss off by'];
        process.stdout.write(`${formatTable(head, cells)}\n`);
      },
    );
}
