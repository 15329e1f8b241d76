import { integerOption } from '@mfm/cli';
import type { Command } from '../eval-command.ts';
import type { JobArguments } from '../in-job.ts';
import type { ModelAndData } from '../model-and-data.ts';
import type { PreprocessingOptions } from '../preprocessing-options.ts';
import type { AttackOptions } from './attack-options.ts';
import type { CorruptionOptions } from './corruption-options.ts';
import type { FrequencyOptions } from './frequency-options.ts';
import type { ProbeOptions } from './probe-options.ts';

/** How the suite runs and what it prints. */
export interface RunOptions {
  /** Only `paper`: the row that papers print. */
  readonly suite?: string;
  readonly results?: string;
  readonly chunkSize: number;
  readonly batchSize?: number;
  readonly bootstrap: number;
  readonly baseline?: string;
  /** File of the HTML report. */
  readonly report?: string;
}

/** Everything that `pnpm eval robustness` is told, besides folders of published data sets. */
export type SuiteArguments = Omit<ModelAndData, 'model' | 'data'> &
  ProbeOptions &
  CorruptionOptions &
  AttackOptions &
  FrequencyOptions &
  PreprocessingOptions &
  RunOptions &
  JobArguments & { readonly model: readonly string[]; readonly data?: string };

/** Declares the options of the run. */
export function withRunOptions(command: Command): Command {
  return command
    .option('--suite <name>', 'paper: clean, FGSM, PGD and every published data set given, as one row per model')
    .option('--results <dir>', 'keeps outcomes per model, test and chunk: a run that was stopped goes on from there')
    .option('--report <file>', 'writes tables, charts and example pictures as one HTML file')
    .option('--chunk-size <n>', 'images per unit of kept work', integerOption('--chunk-size'), 512)
    .option(
      '--batch-size <n>',
      'images a model sees at once; default: 256 up to 64 px, else 32',
      integerOption('--batch-size'),
    )
    .option('--bootstrap <n>', 'resamples for the 95 % intervals, 0 for none', integerOption('--bootstrap', 0), 1000)
    .option('--baseline <file>', "errors to divide by instead of AlexNet's: JSON {name, clean, corrupted}");
}
