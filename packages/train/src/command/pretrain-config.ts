import { join } from 'node:path';
import { resolveConfig } from '../config/resolve-config.ts';
import type { TrainConfig } from '../config/train-config.ts';
import { hasRun, readRunConfig, resumeConfig } from '../run-directory/run-directory.ts';
import { nestOptions, type RunOptions } from './run-options.ts';

/** Options of `pnpm train` as commander delivers them. */
export interface PretrainOptions extends RunOptions {
  listPresets?: true;
}

/** Whether the options ask for nothing but to go on. */
const onlyResumes = ({ preset, config, set, lr, ...options }: PretrainOptions) =>
  preset === undefined &&
  config === undefined &&
  set.length === 0 &&
  lr === undefined &&
  Object.entries(nestOptions({ set: [], ...options })).every(
    ([key, value]) =>
      value === undefined || (key === 'data' && Object.values(value as object).every((v) => v === undefined)),
  );

/** The configuration of a new run, or with `--resume` of the run in the folder, checked against the options given. */
export async function pretrainConfig(options: PretrainOptions, folder: string): Promise<TrainConfig> {
  const stored = options.resume && (await hasRun(folder)) ? await readRunConfig(folder) : undefined;
  if (options.resume && !stored && options.preset === undefined && options.config === undefined) {
    return readRunConfig(folder);
  }
  // Any kind of run goes on by this command.
  if (stored && onlyResumes(options)) return stored;
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
