import { UserError } from '@mfm/cli';
import * as tf from '@tensorflow/tfjs-core';
import type { SpectrumColumns } from './dft-matrices.ts';
import { columnMultiplicity, foldMask } from './fold-mask.ts';
import { type SpectrumWeightOptions, spectralDistance, spectrumWeights } from './spectral-distance.ts';
import { spectrum } from './transform.ts';

/** Options of the frequency loss; the official configuration's `FREQ_LOSS` in camelCase. */
export interface FrequencyLossOptions extends SpectrumWeightOptions {
  /** Power of the distance of two bins. */
  gamma: number;
  /** Transforms patchFactor × patchFactor patches apart. */
  patchFactor: number;
  /** Averages the complex spectra over the batch before the distance. */
  aveSpectrum: boolean;
  /** Multiplies by focal weights. */
  withMatrix: boolean;
  /**
   * An extension: the masked target averages each image's masked bins, then over images, so that a low-pass and a high-pass mask weigh
   * the same. The official code (false) pools the bins of the batch, where low-pass masks have many times more.
   */
  perSampleMean: boolean;
}

/** The official defaults: the plain modulus of the difference. */
export const DEFAULT_FREQUENCY_LOSS: FrequencyLossOptions = {
  gamma: 1,
  matrixGamma: 1,
  patchFactor: 1,
  aveSpectrum: false,
  withMatrix: false,
  logMatrix: false,
  batchMatrix: false,
  perSampleMean: false,
};

/** What {@link frequencyLoss} takes besides the two images. */
export interface FrequencyLossInputs {
  options?: Partial<FrequencyLossOptions>;
  /** Weights to use in place of the computed ones: float32, broadcast to [N, P, C, H, W], DC at the centre, or [N, C, H, W] when P is 1. */
  matrix?: tf.Tensor;
}

interface Distances {
  /** float32 [N, P, C, K, H]; N is 1 with aveSpectrum. */
  values: tf.Tensor5D;
  height: number;
  width: number;
  columns: SpectrumColumns;
}

/** [N, C, H, W] → [N·P, C, H/f, W/f], patches row-major. */
function toPatches(images: tf.Tensor4D, factor: number): tf.Tensor4D {
  if (factor === 1) return images;
  const [batch, channels, height, width] = images.shape;
  if (height % factor !== 0 || width % factor !== 0) {
    throw new UserError(
      `frequencyLoss: patchFactor must divide the image's height and width, got ${factor} for ${height} × ${width}.`,
    );
  }
  const [h, w] = [height / factor, width / factor];
  const cut = tf.transpose(tf.reshape(images, [batch, channels, factor, h, factor, w]), [0, 2, 4, 1, 3, 5]);
  return tf.reshape(cut, [batch * factor * factor, channels, h, w]);
}

/** Any shape that broadcasts to [N, P, C, H, W] → [.., W, H], the axis order of the distances with full columns. */
function matrixByColumn(matrix: tf.Tensor): tf.Tensor {
  const five = matrix.rank === 4 ? tf.expandDims(matrix, 1) : matrix;
  const leading = Array.from({ length: five.rank - 2 }, (_, axis) => axis);
  return tf.transpose(five, [...leading, five.rank - 1, five.rank - 2]);
}

function distances(
  prediction: tf.Tensor4D,
  target: tf.Tensor4D,
  { options, matrix }: FrequencyLossInputs,
  columns: SpectrumColumns,
): Distances {
  const resolved = { ...DEFAULT_FREQUENCY_LOSS, ...options };
  const patches = resolved.patchFactor ** 2;
  // The transform is linear: one transform of the difference, of the mean difference when spectra are averaged.
  const difference = tf.sub(prediction, target);
  const averaged = resolved.aveSpectrum ? tf.mean(difference, 0, true) : difference;
  const { values, batch, channels, height, width, columnCount } = spectrum(
    toPatches(averaged as tf.Tensor4D, resolved.patchFactor),
    columns,
  );
  const shape: [number, number, number, number, number] = [batch / patches, patches, channels, columnCount, height];
  const distance = tf.reshape(spectralDistance(values, height, resolved.gamma), shape) as tf.Tensor5D;
  if (!resolved.withMatrix) return { values: distance, height, width, columns };
  const weights = matrix
    ? matrixByColumn(matrix)
    : tf.reshape(spectrumWeights(values, height, batch * channels, resolved), shape);
  return { values: tf.mul(distance, weights) as tf.Tensor5D, height, width, columns };
}

/**
 * Distance of two images bin by bin (MFM, eq. 4): sqrt(ΔRe² + ΔIm² + 1e-12)^γ of the orthonormal DFT, times the focal weights if asked for.
 *
 * @param prediction float32 [N, C, H, W]
 * @param target float32 [N, C, H, W]
 * @returns float32 [N, P, C, H/f, W/f], f = patchFactor, P = f², DC at the centre; N is 1 with aveSpectrum
 * @throws UserError when patchFactor does not divide the image
 */
export function frequencyDistance(
  prediction: tf.Tensor4D,
  target: tf.Tensor4D,
  inputs: FrequencyLossInputs = {},
): tf.Tensor5D {
  return tf.transpose(distances(prediction, target, inputs, 'full').values, [0, 1, 2, 4, 3]);
}

/**
 * The frequency loss. With a mask, the official `masked` target: the sum of {@link frequencyDistance} over masked bins, divided by their
 * number in the whole batch (per image with `perSampleMean`) and by the channels. Without, the `normal` target: the mean over all bins.
 * Both are summed over half the spectrum, see {@link foldMask}.
 *
 * @param prediction float32 [N, C, H, W]
 * @param target float32 [N, C, H, W], normalised like the prediction
 * @param mask float32 [N, H, W], 1 = frequency kept, 0 = masked, DC at the centre; only masked bins count
 * @returns float32 scalar; NaN when nothing is masked, as in the official code
 * @throws UserError when patchFactor does not divide the image, or is above 1 with a mask
 */
export function frequencyLoss(
  prediction: tf.Tensor4D,
  target: tf.Tensor4D,
  mask: tf.Tensor3D | undefined,
  inputs: FrequencyLossInputs = {},
): tf.Scalar {
  const patches = (inputs.options?.patchFactor ?? 1) ** 2;
  if (mask && patches > 1) {
    throw new UserError(
      `frequencyLoss: patchFactor must be 1 with the masked target, got ${inputs.options?.patchFactor}. Use the target "normal".`,
    );
  }
  // A given matrix need not be symmetric: it needs every bin.
  const { values, height, width, columns } = distances(prediction, target, inputs, inputs.matrix ? 'full' : 'half');
  const [batch, , channels, columnCount] = values.shape;
  const multiplicity = columnMultiplicity(height, width, columns);
  if (!mask) {
    const sum = tf.sum(tf.mul(tf.reshape(values, [batch * patches * channels, columnCount, height]), multiplicity));
    return tf.div(sum, batch * patches * channels * height * width);
  }
  const weights = tf.sub(multiplicity, foldMask(mask, columns));
  const weighted = tf.mul(
    tf.reshape(values, [batch, channels, columnCount, height]),
    tf.reshape(weights, [mask.shape[0], 1, columnCount, height]),
  );
  if (inputs.options?.perSampleMean) {
    return tf.div(tf.mean(tf.div(tf.sum(weighted, [1, 2, 3]), tf.sum(weights, [1, 2]))), channels);
  }
  return tf.div(tf.div(tf.sum(weighted), tf.sum(weights)), channels);
}
