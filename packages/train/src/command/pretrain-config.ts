import { join } from 'node:path';
import { UserError } from '@mfm/cli';
import { resolveConfig } from '../config/resolve-config.ts';
import type { TrainConfig } from '../config/train-config.ts';
import { hasRun, readRunConfig, resumeConfig } from '../run-directory/run-directory.ts';

/** Options of `pnpm train` as commander delivers them. */
export interface PretrainOptions {
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
  set: string[];
  resume?: true;
  listPresets?: true;
  json?: true;
}

/** What the options say, as a configuration to lay over the preset's; undefined where they say nothing. */
function nestOptions(options: PretrainOptions) {
  const { epochs, batchSize, engine, device, threads, seed } = options;
  const data = { path: options.data, workers: options.workers, skipBad: options.skipBad };
  return { epochs, batchSize, engine, device, threads, seed, data };
}

/** Default run directory: named after the preset. */
export function outFolder({ out, preset }: PretrainOptions): string {
  if (out !== undefined) return out;
  if (preset !== undefined) return join('runs', preset);
  throw new UserError(
    '--out: must name the run directory when there is no --preset, got nothing. Pass --out runs/<name>.',
  );
}

/** The configuration of a new run, or with `--resume` of the run in the folder, checked against the options given. */
export async function pretrainConfig(options: PretrainOptions, folder: string): Promise<TrainConfig> {
  const stored = options.resume && (await hasRun(folder)) ? await readRunConfig(folder) : undefined;
  if (options.resume && !stored && options.preset === undefined && options.config === undefined) {
    return readRunConfig(folder);
  }
  const { preset, lr, set } = options;
  const sources = { preset, lr, options: nestOptions(options), overrides: set };
  if (!stored) return resolveConfig({ ...sources, file: options.config });
  // Without preset or file, the options are laid over the run's own configuration.
  const named = preset !== undefined || options.config !== undefined;
  const file = named ? options.config : join(folder, 'config.json');
  const dataPath = options.data ?? stored.data.path;
  const asked = await resolveConfig({
    ...sources,
    file,
    options: { ...sources.options, data: { ...sources.options.data, path: dataPath } },
  });
  return resumeConfig(stored, asked);
}
