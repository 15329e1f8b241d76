import { type Command, formatTable, integerOption } from '@mfm/cli';
import { benchShrink } from './shrink.ts';

/** Adds `pnpm bench shrink`. */
export function addShrinkCommand(command: Command): void {
  command
    .command('shrink')
    .description('What decoding JPEGs smaller (shrink-on-load) would save, and how far the pixels would be off.')
    .requiredOption('--data <folder>', 'JPEGs, at any depth')
    .option('--size <px>', 'side that the whole images are resized to', integerOption('--size'), 224)
    .option('--images <n>', 'at most so many', integerOption('--images'), 200)
    .option('--json', 'print one JSON document')
    .action(async ({ data, size, images, json }: { data: string; size: number; images: number; json?: boolean }) => {
      const result = await benchShrink(data, size, images);
      if (json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
      else {
        const head = ['images', '3 × larger', 'whole ms', 'shrunk ms', 'mean |Δ|', 'max |Δ|', 'PSNR dB'];
        const { whole, shrunk, meanDifference, largestDifference, psnr, reducible } = result;
        const row = [result.images, reducible, whole.toFixed(2), shrunk.toFixed(2), meanDifference.toFixed(2)];
        process.stdout.write(`${formatTable(head, [[...row, largestDifference, psnr.toFixed(1)]])}\n`);
      }
    });
}
