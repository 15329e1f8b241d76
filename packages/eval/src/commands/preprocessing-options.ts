import { integerOption, numberOption, UserError } from '@mfm/cli';
import { INTERPOLATIONS, type Interpolation, type PreprocessingOverrides } from '../model/preprocessing.ts';
import type { Command } from './eval-command.ts';

/** How images are prepared, instead of what the model's metadata say. */
export type PreprocessingOptions = PreprocessingOverrides;

type Rgb = readonly [number, number, number];

function parseInterpolation(text: string): Interpolation {
  const known = INTERPOLATIONS.find((name) => name === text);
  if (known) return known;
  throw new UserError(`--interpolation: must be ${INTERPOLATIONS.join(' or ')}, got "${text}".`);
}

function parseRgb(option: string, smallest: number) {
  return (text: string): Rgb => {
    const values = text.split(',').map(Number);
    if (values.length === 3 && values.every((value) => value >= smallest && value <= 1))
      return values as unknown as Rgb;
    throw new UserError(`${option}: must be three numbers from ${smallest} to 1, such as 0.5,0.5,0.5, got "${text}".`);
  };
}

/** Declares them. */
export function withPreprocessingOptions(command: Command): Command {
  return command
    .option(
      '--resize <px>',
      "length of the shorter side before the crop; default: the model's",
      integerOption('--resize'),
    )
    .option(
      '--crop-ratio <share>',
      "the same as timm's crop_pct: the shorter side becomes the crop's over this",
      numberOption('--crop-ratio', { most: 1 }),
    )
    .option('--crop <px>', 'side of the central crop, of a model that takes any size', integerOption('--crop'))
    .option('--interpolation <name>', "bicubic or bilinear; default: the model's", parseInterpolation)
    .option('--mean <r,g,b>', "of images in [0, 1]; default: the model's", parseRgb('--mean', 0))
    .option('--std <r,g,b>', "of images in [0, 1]; default: the model's", parseRgb('--std', 1e-3));
}

/** The overrides among a command's arguments. */
export function preprocessingOf({ resize, cropRatio, crop, interpolation, mean, std }: PreprocessingOptions) {
  if (resize !== undefined && cropRatio !== undefined) {
    throw new UserError('--crop-ratio: says what --resize says too. Leave one out.');
  }
  return {
    ...(resize !== undefined && { resize }),
    ...(cropRatio !== undefined && { cropRatio }),
    ...(crop !== undefined && { crop }),
    ...(interpolation && { interpolation }),
    ...(mean && { mean }),
    ...(std && { std }),
  };
}
