import * as tf from '@tensorflow/tfjs-core';
import { columnDftMatrix, columnFrequencies, rowDftMatrix, type SpectrumColumns } from './dft-matrices.ts';

/** A batch of spectra as one matrix: each row holds one column frequency of one plane, [re of H | im of H]. */
export interface Spectrum {
  /** float32 [N·C·K, 2H], row frequencies fftshifted. */
  readonly values: tf.Tensor2D;
  readonly batch: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly columns: SpectrumColumns;
  /** K: number of column frequencies. */
  readonly columnCount: number;
}

const rowMatrix = (width: number, columns: SpectrumColumns) =>
  tf.tensor2d(rowDftMatrix(width, columns), [width, 2 * columnFrequencies(width, columns).length]);

const columnMatrix = (height: number) => tf.tensor2d(columnDftMatrix(height), [2 * height, 2 * height]);

/**
 * 2-D DFT with orthonormal scaling of real images, as two matrix products: ONNX Runtime's DFT is ten times slower at 224 pixels and less
 * exact, and TensorFlow.js has no gradient for its FFT. Both products are 2-D, with one transpose between them.
 *
 * @param images float32 [N, C, H, W]
 * @param columns `half` unless every bin is needed
 */
export function spectrum(images: tf.Tensor4D, columns: SpectrumColumns = 'half'): Spectrum {
  const [batch, channels, height, width] = images.shape;
  const columnCount = columnFrequencies(width, columns).length;
  const rows = tf.matMul(tf.reshape(images, [batch * channels * height, width]), rowMatrix(width, columns));
  const byColumn = tf.transpose(tf.reshape(rows, [batch * channels, height, 2 * columnCount]), [0, 2, 1]);
  const values = tf.matMul(
    tf.reshape(byColumn, [batch * channels * columnCount, 2 * height]) as tf.Tensor2D,
    columnMatrix(height),
  ) as tf.Tensor2D;
  return { values, batch, channels, height, width, columns, columnCount };
}

/**
 * Inverse of {@link spectrum}, real part, of values that were multiplied by {@link foldMask}: the folding counts the columns a half
 * spectrum leaves out, so that the transposed matrices are the inverse.
 *
 * @returns float32 [N, C, H, W]
 */
export function inverseSpectrum({
  values,
  batch,
  channels,
  height,
  width,
  columns,
  columnCount,
}: Spectrum): tf.Tensor4D {
  const byColumn = tf.matMul(values, columnMatrix(height), false, true);
  const rows = tf.transpose(tf.reshape(byColumn, [batch * channels, 2 * columnCount, height]), [0, 2, 1]);
  const images = tf.matMul(
    tf.reshape(rows, [batch * channels * height, 2 * columnCount]) as tf.Tensor2D,
    rowMatrix(width, columns),
    false,
    true,
  );
  return tf.reshape(images, [batch, channels, height, width]);
}
