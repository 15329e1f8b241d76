import { UserError } from '@mfm/cli';
import type { EncoderConfig } from '../encoder/encoder-table.ts';
import type { PerChannel } from '../pretext/normalise.ts';

/** A model for classification, plain data. */
export interface ClassifierConfig {
  /** Side of the square image in pixels. */
  imageSize: number;
  encoder: EncoderConfig;
  /** Classes K. */
  numClasses: number;
  /** Of images in [0, 1], per channel. */
  mean: PerChannel;
  std: PerChannel;
  /** Drop rate of the last residual branch (stochastic depth); default 0. */
  dropPathRate?: number;
  /** Names of the classes, for those who use the model. */
  classes?: readonly string[];
}

/**
 * Checks what types cannot say of the parts that are not the encoder's.
 *
 * @throws UserError naming the first setting that does not fit
 */
export function checkClassifierConfig({ numClasses, mean, std, dropPathRate = 0, classes }: ClassifierConfig): void {
  if (!Number.isSafeInteger(numClasses) || numClasses < 1) {
    throw new UserError(`buildClassifier: numClasses must be a positive integer, got ${numClasses}.`);
  }
  if (mean.length !== 3 || std.length !== 3 || std.some((value) => !(value > 0))) {
    throw new UserError(`buildClassifier: mean and std must hold 3 numbers, std above 0, got [${mean}] and [${std}].`);
  }
  if (!(dropPathRate >= 0 && dropPathRate < 1)) {
    throw new UserError(`buildClassifier: dropPathRate must be in [0, 1), got ${dropPathRate}.`);
  }
  if (classes !== undefined && classes.length !== numClasses) {
    throw new UserError(
      `buildClassifier: classes must have a name for each of the ${numClasses} classes, got ${classes.length}.`,
    );
  }
}
