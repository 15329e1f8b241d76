#!/usr/bin/env node
import { createCommand, runCommand } from '@mfm/cli';
import { runQuickstart } from './quickstart.ts';

const command = createCommand(
  'quickstart',
  'Pre-trains, exports and measures a small model on synthetic images, and writes a report.',
  ['npm run quickstart'],
)
  .option('--out <folder>', 'where everything goes', 'runs/quickstart')
  .action(({ out }: { out: string }) => runQuickstart(out));

await runCommand(command);
