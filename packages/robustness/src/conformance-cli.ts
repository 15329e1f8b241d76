import { createCommand, runCommand } from '@mfm/cli';
import { corruptionConformance } from './conformance/corruption-conformance.ts';

const command = createCommand(
  'conformance:corruptions',
  'Compares every corruption at every size with the outputs of the reference functions.',
  ['pnpm conformance:corruptions path/to/golden/imagenet-c'],
)
  .argument('<dir>', 'folder with manifest.json, deterministic_stats.json, input/ and det/')
  .action(async (dir: string) => {
    const counts = { passed: 0, failed: 0, skipped: 0 };
    for await (const { name, status, worst, differing, detail } of corruptionConformance(dir)) {
      counts[status]++;
      const pixels = status === 'skipped' ? '' : `worst ${worst}/255, ${(differing * 100).toFixed(4)} % differ, `;
      console.log(`${status.padEnd(7)} ${name.padEnd(24)} ${pixels}${detail}`);
    }
    console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
    if (counts.failed > 0) process.exitCode = 1;
  });

await runCommand(command);
