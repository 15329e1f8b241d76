import { didYouMean, UserError } from '@mfm/cli';
import { brightness } from './brightness.ts';
import { contrast } from './contrast.ts';
import type { Corruption } from './corruption.ts';
import { defocusBlur } from './defocus-blur.ts';
import { gaussianBlur } from './gaussian-blur.ts';
import { jpegCompression } from './jpeg-compression.ts';
import { pixelate } from './pixelate.ts';
import { saturate } from './saturate.ts';
import { zoomBlur } from './zoom-blur.ts';

/** Every corruption, in the order of the paper, extras last. A new one is a file of its own and a row here. */
export const CORRUPTIONS: readonly Corruption[] = [
  defocusBlur,
  zoomBlur,
  brightness,
  contrast,
  pixelate,
  jpegCompression,
  gaussianBlur,
  saturate,
];

/** @throws UserError for an unknown name, offering the nearest */
export function findCorruption(name: string): Corruption {
  const found = CORRUPTIONS.find((corruption) => corruption.name === name);
  if (found) return found;
  const names = CORRUPTIONS.map((corruption) => corruption.name);
  throw new UserError(
    `findCorruption: the corruption must be one of the table, got "${name}"${didYouMean(name, names)}`,
  );
}
