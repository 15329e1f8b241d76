import { UserError } from '@mfm/cli';
import { type JsonObject, mergeConfig } from '../config/override.ts';
import { resolveSegmentationConfig } from '../config/resolve-config.ts';
import type { SegmentationConfig } from '../config/segmentation-config.ts';
import { ADE20K_RECIPE } from '../presets/segmentation.ts';
import { hasRun } from '../run-directory/run-directory.ts';
import { resumedConfig } from './resumed-config.ts';
import { nestOptions, type RunOptions } from './run-options.ts';

/** Options of `pnpm train segmentation` as commander delivers them. */
export interface SegmentationOptions extends RunOptions {
  checkpoint?: string;
  fromScratch?: true;
  validation?: string;
  steps?: number;
}

/** What the checkpoint says, which everything else is laid over; the size of the crop is the recipe's. */
async function baseConfig(options: SegmentationOptions): Promise<JsonObject | undefined> {
  const { checkpoint, fromScratch, preset, config } = options;
  const named = preset !== undefined || config !== undefined;
  if (checkpoint === undefined) {
    if (named) return undefined;
    throw new UserError(
      'segmentation: must be told what to begin from. Pass --checkpoint <file or run>, or --preset to train from scratch.',
    );
  }
  // Loaded late: it brings TensorFlow.js with it.
  const { readPretrained } = await import('../finetune/read-pretrained.ts');
  const { imageSize: _pretraining, ...architecture } = (await readPretrained(checkpoint)).architecture;
  const own = { model: architecture, pretrained: { checkpoint: fromScratch ? null : checkpoint } };
  return named ? own : mergeConfig(ADE20K_RECIPE as JsonObject, own);
}

function nestSegmentationOptions(options: SegmentationOptions): JsonObject {
  const common = nestOptions(options);
  const { validation, steps, epochs } = options;
  // Whole epochs that are asked for replace a preset's steps.
  const length = steps !== undefined ? { steps } : epochs !== undefined ? { steps: null } : {};
  return {
    ...{ ...common, ...length },
    data: { ...common.data, ...(validation !== undefined && { validation: { path: validation } }) },
  };
}

/** The configuration of a new run, or with `--resume` of the run in the folder, checked against the options given. */
export async function segmentationConfig(options: SegmentationOptions, folder: string): Promise<SegmentationConfig> {
  const over = { options: nestSegmentationOptions(options), overrides: options.set, lr: options.lr };
  if (options.steps !== undefined && options.epochs !== undefined) {
    throw new UserError(
      `--steps: must be given without --epochs, got ${options.steps} steps and ${options.epochs} epochs. Leave one out.`,
    );
  }
  if (options.resume && (await hasRun(folder))) {
    return resumedConfig('segmentation', folder, (base) => resolveSegmentationConfig({ base, ...over }));
  }
  const base = await baseConfig(options);
  return resolveSegmentationConfig({ ...(base && { base }), preset: options.preset, file: options.config, ...over });
}
