/** Lower triangle L of a symmetric positive matrix `[size, size]` = L·Lᵀ (Cholesky). */
export function choleskyFactor(matrix: Float64Array, size: number): Float64Array {
  const factor = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = matrix[row * size + column]!;
      for (let i = 0; i < column; i++) sum -= factor[row * size + i]! * factor[column * size + i]!;
      if (row === column && !(sum > 0)) {
        throw new Error(`choleskyFactor: matrix must be positive definite, got pivot ${sum} in row ${row}.`);
      }
      factor[row * size + column] = row === column ? Math.sqrt(sum) : sum / factor[column * size + column]!;
    }
  }
  return factor;
}

/** Replaces `vector[offset …]` by the solution x of L·Lᵀ·x = vector. */
function solveInPlace(factor: Float64Array, size: number, vector: Float64Array, offset: number): void {
  for (let row = 0; row < size; row++) {
    let sum = vector[offset + row]!;
    for (let i = 0; i < row; i++) sum -= factor[row * size + i]! * vector[offset + i]!;
    vector[offset + row] = sum / factor[row * size + row]!;
  }
  for (let row = size - 1; row >= 0; row--) {
    let sum = vector[offset + row]!;
    for (let i = row + 1; i < size; i++) sum -= factor[i * size + row]! * vector[offset + i]!;
    vector[offset + row] = sum / factor[row * size + row]!;
  }
}

/** Spacing of float32 numbers at 1. */
const FLOAT32_EPSILON = 2 ** -23;

/**
 * An approximate inverse of the logistic loss's Hessian: for each class (c·XᵀX/n + λ)⁻¹ with c = (1/K)(1 − 1/K), which it is where all
 * classes are equally probable (after Böhning, 1992). Takes the features' correlations out of the problem: strongly correlated features
 * otherwise cost hundreds of iterations.
 *
 * @param secondMoment XᵀX/n, `[dim, dim]`
 * @returns a function that applies it to a gradient `[classes · dim weights, classes biases]`
 */
export function logisticPreconditioner(
  secondMoment: Float64Array,
  dim: number,
  classCount: number,
  weightDecay: number,
): (vector: Float64Array) => Float64Array {
  const curvature = (1 / classCount) * (1 - 1 / classCount);
  const matrix = secondMoment.map((value) => curvature * value);
  // Features that depend on each other make XᵀX singular, and its float32 rounding, at most that of its trace, less than that.
  let trace = 0;
  for (let i = 0; i < dim; i++) trace += matrix[i * dim + i]!;
  const least = Math.max(weightDecay, 1e-6, FLOAT32_EPSILON * trace);
  for (let i = 0; i < dim; i++) matrix[i * dim + i]! += least;
  const factor = choleskyFactor(matrix, dim);
  return (vector) => {
    const result = vector.slice();
    for (let k = 0; k < classCount; k++) solveInPlace(factor, dim, result, k * dim);
    for (let i = classCount * dim; i < result.length; i++) result[i]! /= curvature;
    return result;
  };
}
