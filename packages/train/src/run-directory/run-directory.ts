import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError, writeFileAtomic } from '@mfm/cli';
import { differingKeys, type JsonObject } from '../config/override.ts';
import { parseTrainConfig } from '../config/parse-config.ts';
import { readJsonObject } from '../config/resolve-config.ts';
import type { TrainConfig } from '../config/train-config.ts';

const configPath = (folder: string) => join(folder, 'config.json');

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}

/** Whether the folder holds a run. */
export async function hasRun(folder: string): Promise<boolean> {
  return (await exists(configPath(folder))) || (await exists(join(folder, 'checkpoints')));
}

/** @throws UserError when the folder holds a run already: nothing is overwritten */
export async function requireNoRun(folder: string): Promise<void> {
  if (!(await hasRun(folder))) return;
  throw new UserError(
    `--out: must be a folder without a run, got "${folder}". Pass --resume to go on with that run, or another --out.`,
  );
}

/** Reads the configuration of a run; @throws UserError when there is none */
export async function readRunConfig(folder: string): Promise<TrainConfig> {
  const path = configPath(folder);
  if (!(await exists(path))) {
    throw new UserError(`--resume: must be the folder of a run, got "${folder}" without config.json. Correct --out.`);
  }
  return parseTrainConfig(await readJsonObject(path, 'config.json'), path);
}

/** Writes `config.json`, which is usable as `--config`. */
export async function writeRunConfig(folder: string, config: TrainConfig): Promise<void> {
  await writeFileAtomic(configPath(folder), `${JSON.stringify(config, null, 2)}\n`);
}

/** What may change between the parts of a run: where it computes and reads, not what. A change of device changes rounding. */
const CHANGEABLE = [
  ...['preset', 'data.path', 'data.workers', 'device', 'engine', 'threads', 'checkpoint.keepLast'],
  ...['distributed.bucketMegabytes', 'distributed.overlapStages'],
];

/**
 * The configuration that a resumed run goes on with: the one of the run directory, but for what may change.
 *
 * @param asked what the command line asks for
 * @throws UserError naming the values that differ and may not
 */
export function resumeConfig<C extends TrainConfig>(stored: TrainConfig, asked: C): C {
  const differing = differingKeys(stored, asked).filter((key) => !CHANGEABLE.includes(key));
  if (differing.length === 0) return { ...asked, preset: stored.preset };
  const [key] = differing;
  const at = (config: TrainConfig) =>
    JSON.stringify(key!.split('.').reduce<unknown>((value, part) => (value as JsonObject | undefined)?.[part], config));
  throw new UserError(
    `--resume: ${key} must be as the run began (${at(stored)}), got ${at(asked)}. ` +
      'Leave the option out, or begin a new run with another --out.',
  );
}
