import * as tf from '@tensorflow/tfjs-core';

/** A linear map of one axis, as a matrix [out, in], row-major. */
export interface AxisMap {
  readonly from: number;
  readonly to: number;
  readonly matrix: Float32Array;
}

const asTensor = ({ to, from, matrix }: AxisMap) => tf.tensor2d(matrix, [to, from]);

/**
 * A · X · Bᵀ of every plane: what a map of rows and one of columns make of it. Columns first, which is one product for all planes.
 *
 * @param x float32 [N, C, rows.from, columns.from]
 * @returns float32 [N, C, rows.to, columns.to]
 */
export function planeProduct(x: tf.Tensor4D, rows: AxisMap, columns: AxisMap): tf.Tensor4D {
  return tf.matMul(asTensor(rows), tf.matMul(x, asTensor(columns), false, true)) as unknown as tf.Tensor4D;
}

/** Its gradient for X: Aᵀ · dY · B. */
export function planeProductGradient(dy: tf.Tensor4D, rows: AxisMap, columns: AxisMap): tf.Tensor4D {
  return tf.matMul(asTensor(rows), tf.matMul(dy, asTensor(columns)), true) as unknown as tf.Tensor4D;
}
