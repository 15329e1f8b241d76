import { UserError } from '@mfm/cli';
import type { EncoderConfig } from '../encoder/encoder-table.ts';
import type { PerChannel } from '../pretext/normalise.ts';

/** UperNet (Xiao et al. 2018) with the auxiliary head it is trained with; the names are mmsegmentation's. */
export interface UpernetConfig {
  /** Width of the head. */
  channels: number;
  /** Cells per side of each pooled map of the pyramid pooling module. */
  poolScales: number[];
  /** Width of the auxiliary FCN head, which is there for training alone. */
  auxiliaryChannels: number;
  /** Share of channels left out before each of the two classification layers in training. */
  dropout: number;
}

/** A model for semantic segmentation, plain data. */
export interface SegmenterConfig {
  /** Side of the square image in pixels: the crop of training, and the window of inference. */
  imageSize: number;
  encoder: EncoderConfig;
  upernet: UpernetConfig;
  /** Classes K. */
  numClasses: number;
  /** Of images in [0, 1], per channel. */
  mean: PerChannel;
  std: PerChannel;
  /** Drop rate of the last residual branch (stochastic depth); default 0. */
  dropPathRate?: number;
  /** Names of the classes, for those who use the model. */
  classes?: readonly string[];
  /** A colour for each class, 0 … 255, for pictures of masks. */
  palette?: readonly (readonly number[])[];
}

/** The auxiliary head is on the last map but one. */
const MIN_STAGES = 2;

const isPositiveInteger = (value: unknown) => Number.isSafeInteger(value) && (value as number) > 0;

/**
 * Checks what types cannot say of the parts that are not the encoder's.
 *
 * @throws UserError naming the first setting that does not fit
 */
export function checkSegmenterConfig({ upernet, numClasses, mean, std, ...config }: SegmenterConfig): void {
  const { channels, auxiliaryChannels, poolScales, dropout } = upernet;
  const { dropPathRate = 0, encoder, classes, palette } = config;
  const requireThat = (holds: boolean, path: string, what: string, got: unknown) => {
    if (!holds) throw new UserError(`buildSegmenter: ${path} must ${what}, got ${got}.`);
  };
  const whole = { numClasses, 'upernet.channels': channels, 'upernet.auxiliaryChannels': auxiliaryChannels };
  for (const [path, value] of Object.entries(whole)) {
    requireThat(isPositiveInteger(value), path, 'be a positive integer', value);
  }
  const fits = poolScales.length > 0 && poolScales.every(isPositiveInteger);
  requireThat(fits, 'upernet.poolScales', 'hold positive integers', `[${poolScales}]`);
  requireThat(dropout >= 0 && dropout < 1, 'upernet.dropout', 'be in [0, 1)', dropout);
  requireThat(dropPathRate >= 0 && dropPathRate < 1, 'dropPathRate', 'be in [0, 1)', dropPathRate);
  const isStatistics = mean.length === 3 && std.length === 3 && std.every((value) => value > 0);
  requireThat(isStatistics, 'mean and std', 'hold 3 numbers, std above 0', `[${mean}] and [${std}]`);
  for (const [path, list] of Object.entries({ classes, palette })) {
    const named = list === undefined || list.length === numClasses;
    requireThat(named, path, `have an entry for each of the ${numClasses} classes`, list?.length);
  }
  if (encoder.type !== 'swin') return;
  const { depths } = encoder;
  requireThat(depths.length >= MIN_STAGES, 'encoder.depths', `have at least ${MIN_STAGES} stages`, `[${depths}]`);
}
