import { UserError } from '@mfm/cli';
import type { JsonObject } from '../config/override.ts';
import type { TrainConfig, TrainKind } from '../config/train-config.ts';
import { readRunConfig, resumeConfig } from '../run-directory/run-directory.ts';

/** What a run of each kind is called. */
const NAMES: Readonly<Record<TrainKind, string>> = {
  pretrain: 'pre-training',
  finetune: 'fine-tuning',
  segmentation: 'segmentation',
};

/**
 * The configuration of the run in a folder, checked against what the options ask for.
 *
 * @param resolve lays the options over the run's own configuration
 * @throws UserError when the folder holds a run of another kind, or the options would change what it learns
 */
export async function resumedConfig<C extends TrainConfig>(
  kind: C['kind'],
  folder: string,
  resolve: (base: JsonObject) => Promise<C>,
): Promise<C> {
  const stored = await readRunConfig(folder);
  if (stored.kind !== kind) {
    throw new UserError(
      `--resume: must be the folder of a ${NAMES[kind]} run, got "${folder}" of kind "${stored.kind}". Use pnpm train.`,
    );
  }
  return resumeConfig(stored, await resolve(stored as unknown as JsonObject));
}
