import { join } from 'node:path';
import { type Command, integerOption, UserError } from '@mfm/cli';
import type { JsonObject } from '../config/override.ts';

/** Options that every kind of training takes, as commander delivers them. */
export interface RunOptions {
  preset?: string;
  config?: string;
  data?: string;
  out?: string;
  epochs?: number;
  batchSize?: number;
  lr?: number;
  engine?: string;
  device?: string;
  threads?: number;
  workers?: number;
  seed?: number;
  skipBad?: true;
  stream?: true;
  set: string[];
  syncBn?: true;
  resume?: true;
  explainPlacement?: true;
  json?: true;
}

function rateOption(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0 && text.trim() !== '') return value;
  throw new UserError(`--lr: must be a number above 0, got "${text}".`);
}

const collect = (value: string, previous: string[]): string[] => [...previous, value];

/** Adds the options that every kind of training takes. */
export function addRunOptions(command: Command): Command {
  return command
    .option('--preset <name>', 'configuration to begin from (see --list-presets)')
    .option('--config <file>', 'configuration as JSON, laid over the preset; config.json of a run is one')
    .option('--data <path>', 'images: a folder, shards, CIFAR-10, "synthetic" or "synthetic:<n>"')
    .option('--out <folder>', 'run directory (default: runs/<preset>)')
    .option('--epochs <n>', 'passes over the data', integerOption('--epochs'))
    .option('--batch-size <n>', 'images per pass, of all ranks together', integerOption('--batch-size'))
    .option('--lr <rate>', 'peak learning rate in force (configurations give it per 512 images)', rateOption)
    .option(
      '--engine <name>',
      'onnxruntime (compiled, default); tensorflow (eager, needs pnpm setup:tensorflow) or tfjs (eager, slow)',
    )
    .option(
      '--device <name>',
      'cpu (default), webgpu, cuda, cuda:<n>; with --engine tfjs: tensorflow, wasm, cpu (default: the first that is there)',
    )
    .option('--threads <n>', 'threads of the engine (default: one per core)', integerOption('--threads'))
    .option('--workers <n>', 'threads that load images', integerOption('--workers', 0))
    .option('--seed <n>', 'of everything random', integerOption('--seed', 0))
    .option('--set <key=value>', 'any value of the configuration, by its dotted name; repeatable', collect, [])
    .option('--sync-bn', 'with several ranks: batch statistics over all of them, not of each alone')
    .option('--resume', 'go on from the newest checkpoint of the run directory')
    .option('--explain-placement', 'run one step, show on which provider each operator runs, and end')
    .option('--stream', 'read shards from beginning to end through a shuffle buffer, without a list of all images')
    .option('--skip-bad', 'leave undecodable images out, and list them')
    .option('--json', 'print the result as JSON');
}

/** What the options say, as a configuration to lay over the preset's; undefined where they say nothing. */
export function nestOptions(options: RunOptions): JsonObject & { data: JsonObject } {
  const { epochs, batchSize, engine, device, threads, seed, syncBn } = options;
  const data = { path: options.data, workers: options.workers, skipBad: options.skipBad, stream: options.stream };
  const distributed = syncBn && { distributed: { syncBatchNorm: true } };
  return { epochs, batchSize, engine, device, threads, seed, data, ...distributed };
}

/** Default run directory: named after the preset. */
export function outFolder({ out, preset }: RunOptions): string {
  if (out !== undefined) return out;
  if (preset !== undefined) return join('runs', preset);
  throw new UserError(
    '--out: must name the run directory when there is no --preset, got nothing. Pass --out runs/<name>.',
  );
}
