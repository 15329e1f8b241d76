import { createCommand } from '@mfm/cli';
import { classifyCommand } from './commands/classify-command.ts';
import { corruptCommand } from './commands/corrupt-command.ts';
import type { EvalCommand } from './commands/eval-command.ts';
import { featuresCommand } from './commands/features-command.ts';
import { fewShotCommand } from './commands/few-shot-command.ts';
import { knnCommand } from './commands/knn-command.ts';
import { linearCommand } from './commands/linear/linear-command.ts';
import { retrievalCommand } from './commands/retrieval-command.ts';
import { robustnessCommand } from './commands/robustness/robustness-command.ts';
import { segmentationCommand } from './commands/segmentation-command.ts';

/** Everything that `pnpm eval` can do. A new measurement is a file in `commands/` and a row here. */
export const EVAL_COMMANDS: readonly EvalCommand[] = [
  linearCommand,
  knnCommand,
  fewShotCommand,
  retrievalCommand,
  featuresCommand,
  classifyCommand,
  segmentationCommand,
  robustnessCommand,
  corruptCommand,
];

/** The command `pnpm eval`. */
export function evalCommand() {
  const examples = EVAL_COMMANDS.map(({ name }) => `pnpm eval ${name} --help`);
  const command = createCommand('eval', 'Measures an ONNX model on data.', examples);
  for (const { create, summary } of EVAL_COMMANDS) command.addCommand(create().summary(summary));
  return command;
}
