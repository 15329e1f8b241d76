import { type Run, runHere } from '@mfm/cli/testing/run-here';
import { runProcess } from '@mfm/cli/testing/run-process';
import { trainCommand } from '../command/train-command.ts';

/** Runs `pnpm train` in a process of its own. */
export const runTrain = (...args: readonly string[]): Promise<Run> => runProcess('packages/train/dist/cli.js', args);

/** Runs `pnpm train` in this process. */
export const runTrainHere = (...args: readonly string[]): Promise<Run> => runHere(trainCommand(), ...args);
