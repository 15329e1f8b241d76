import { didYouMean, UserError } from '@mfm/cli';
import { brightness } from './brightness.ts';
import { contrast } from './contrast.ts';
import type { Corruption } from './corruption.ts';
import { defocusBlur } from './defocus-blur.ts';
import { elasticTransform } from './elastic-transform.ts';
import { fog } from './fog.ts';
import { frost } from './frost.ts';
import { gaussianBlur } from './gaussian-blur.ts';
import { gaussianNoise } from './gaussian-noise.ts';
import { glassBlur } from './glass-blur.ts';
import { impulseNoise } from './impulse-noise.ts';
import { jpegCompression } from './jpeg-compression.ts';
import { motionBlur } from './motion-blur.ts';
import { pixelate } from './pixelate.ts';
import { saturate } from './saturate.ts';
import { shotNoise } from './shot-noise.ts';
import { snow } from './snow.ts';
import { spatter } from './spatter.ts';
import { speckleNoise } from './speckle-noise.ts';
import { zoomBlur } from './zoom-blur.ts';

/** Every corruption, in the order of the paper, extras last. A new one is a file of its own and a row here. */
export const CORRUPTIONS: readonly Corruption[] = [
  gaussianNoise,
  shotNoise,
  impulseNoise,
  defocusBlur,
  glassBlur,
  motionBlur,
  zoomBlur,
  snow,
  frost,
  fog,
  brightness,
  contrast,
  elasticTransform,
  pixelate,
  jpegCompression,
  speckleNoise,
  gaussianBlur,
  spatter,
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
