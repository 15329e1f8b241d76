import { createCommand, runCommand } from '@mfm/cli';
import { scoreConformance } from './conformance/score-conformance.ts';

const command = createCommand(
  'conformance:segmentation',
  'Compares scores of masks with those of the reference implementation.',
  ['pnpm conformance:segmentation path/to/ade20k-sample'],
)
  .argument('<dir>', 'folder with golden_metrics.json, annotations/ and predictions*/')
  .action(async (dir: string) => {
    let failed = 0;
    for await (const { name, numbers, worst, passed, scores } of scoreConformance(dir)) {
      if (!passed) failed++;
      const { mIoU, mIoUOfAll, pixelAccuracy } = scores;
      const figures = [mIoU, mIoUOfAll, pixelAccuracy].map((value) => value.toFixed(6));
      console.log(
        `${passed ? 'pass' : 'FAIL'} ${name.padEnd(22)} ${numbers} numbers, worst ${worst.toExponential(1)}; ` +
          `mIoU ${figures[0]}, over all classes ${figures[1]}, pixel accuracy ${figures[2]}`,
      );
    }
    if (failed > 0) process.exitCode = 1;
  });

await runCommand(command);
