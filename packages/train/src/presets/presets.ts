import { didYouMean, UserError } from '@mfm/cli';
import { extensionPresets } from './extension.ts';
import { officialFinetunePresets } from './official-finetune.ts';
import { officialPretrainPresets } from './official-pretrain.ts';
import type { Preset } from './preset.ts';
import { segmentationPresets } from './segmentation.ts';
import { smallPresets } from './small.ts';

/** Every preset, in the order of `--list-presets`. A new one is a new row in one of these tables. */
export const PRESETS: readonly Preset[] = [
  ...smallPresets,
  ...officialPretrainPresets,
  ...officialFinetunePresets,
  ...extensionPresets,
  ...segmentationPresets,
];

/** @throws UserError for an unknown name, offering the nearest */
export function findPreset(name: string): Preset {
  const preset = PRESETS.find((candidate) => candidate.name === name);
  if (preset) return preset;
  const names = PRESETS.map((candidate) => candidate.name);
  throw new UserError(`--preset: unknown preset "${name}"${didYouMean(name, names)}`);
}
