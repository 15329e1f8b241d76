import { UserError } from '@mfm/cli';
import type { FinetuneConfig } from '../config/finetune-config.ts';
import type { JsonObject } from '../config/override.ts';
import { resolveFinetuneConfig } from '../config/resolve-config.ts';
import { hasRun } from '../run-directory/run-directory.ts';
import { resumedConfig } from './resumed-config.ts';
import { nestOptions, type RunOptions } from './run-options.ts';

/** Options of `pnpm train finetune` as commander delivers them. */
export interface FinetuneOptions extends RunOptions {
  checkpoint?: string;
  fromScratch?: true;
  validation?: string;
  resizePositionEmbedding?: true;
}

/** The official recipe, for a checkpoint without a preset. */
const RECIPE: JsonObject = { epochs: 100, batchSize: 128, schedule: { baseLr: 2e-3, warmupEpochs: 5 } };

/** What the checkpoint says, which everything else is laid over. */
async function baseConfig({
  checkpoint,
  fromScratch,
  preset,
  config,
}: FinetuneOptions): Promise<JsonObject | undefined> {
  if (checkpoint === undefined) {
    if (preset !== undefined || config !== undefined) return undefined;
    throw new UserError(
      'finetune: must be told what to begin from. Pass --checkpoint <file or run>, or --preset to train from scratch.',
    );
  }
  // Loaded late: it brings TensorFlow.js with it.
  const { readPretrained } = await import('../finetune/read-pretrained.ts');
  const { architecture } = await readPretrained(checkpoint);
  return { ...RECIPE, model: architecture, pretrained: { checkpoint: fromScratch ? null : checkpoint } };
}

function nestFinetuneOptions(options: FinetuneOptions): JsonObject {
  const common = nestOptions(options);
  const { validation, resizePositionEmbedding } = options;
  return {
    ...common,
    data: { ...common.data, ...(validation !== undefined && { validation: { path: validation } }) },
    ...(resizePositionEmbedding && { pretrained: { resizePositionEmbedding } }),
  };
}

/** The configuration of a new run, or with `--resume` of the run in the folder, checked against the options given. */
export async function finetuneConfig(options: FinetuneOptions, folder: string): Promise<FinetuneConfig> {
  if (options.resume && (await hasRun(folder))) {
    const over = { options: nestFinetuneOptions(options), overrides: options.set, lr: options.lr };
    return resumedConfig('finetune', folder, (base) => resolveFinetuneConfig({ base, ...over }));
  }
  const base = await baseConfig(options);
  return resolveFinetuneConfig({
    ...(base && { base }),
    ...{ preset: options.preset, file: options.config, lr: options.lr },
    ...{ options: nestFinetuneOptions(options), overrides: options.set },
  });
}
