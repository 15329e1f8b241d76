import { UserError } from '@mfm/cli';
import type { EncoderConfig } from '../encoder/encoder-table.ts';
import type { DecoderConfig } from './decoder/decoder-config.ts';
import type { PerChannel } from './normalise.ts';
import type { PretextTask } from './task-config.ts';

/** A model for a pretext task, plain data. */
export interface PretextConfig {
  /** Side of the square image in pixels. */
  imageSize: number;
  encoder: EncoderConfig;
  /** Default: one linear layer. */
  decoder?: DecoderConfig;
  task: PretextTask;
  /** Of images in [0, 1], per channel. */
  mean: PerChannel;
  std: PerChannel;
}

/**
 * Checks what types cannot say of the parts that are not the encoder's.
 *
 * @throws UserError naming the first setting that does not fit
 */
export function checkPretextConfig({ imageSize, task, mean, std }: PretextConfig): void {
  if (mean.length !== 3 || std.length !== 3 || std.some((value) => !(value > 0))) {
    throw new UserError(`buildPretext: mean and std must hold 3 numbers, std above 0, got [${mean}] and [${std}].`);
  }
  const { patchFactor = 1, perSampleMean = false, aveSpectrum = false } = task.loss ?? {};
  if (task.target === 'masked' && task.filter !== 'mfm') {
    throw new UserError(
      `buildPretext: task.target must be "normal" for ${task.filter}, which has no mask, got "masked". Set task.target to "normal".`,
    );
  }
  if (task.target === 'masked' && patchFactor !== 1) {
    throw new UserError(
      `buildPretext: task.loss.patchFactor must be 1 with the masked target, got ${patchFactor}. Set task.target to "normal".`,
    );
  }
  if (perSampleMean && aveSpectrum) {
    throw new UserError(
      'buildPretext: task.loss.perSampleMean must be false with aveSpectrum, which leaves one sample, got true.',
    );
  }
  if (imageSize % patchFactor !== 0) {
    throw new UserError(
      `buildPretext: task.loss.patchFactor must divide imageSize (${imageSize}), got ${patchFactor}.`,
    );
  }
}
