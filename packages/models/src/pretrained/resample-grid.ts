/**
 * Resamples a square grid of vectors along both sides with one matrix: out[i, j] = Σ m[i, k] m[j, l] in[k, l], in float64.
 *
 * @param values [from · from, C] row-major, from the matrix's width
 * @param matrix [to][from]
 * @returns [to · to, C]
 */
export function resampleGrid(values: ArrayLike<number>, channels: number, matrix: readonly number[][]): Float64Array {
  const [to, from] = [matrix.length, matrix[0]!.length];
  const rows = new Float64Array(to * from * channels);
  const out = new Float64Array(to * to * channels);
  for (let i = 0; i < to; i++) {
    for (let k = 0; k < from; k++) {
      const weight = matrix[i]![k]!;
      for (let c = 0; c < from * channels; c++) {
        rows[i * from * channels + c]! += weight * values[k * from * channels + c]!;
      }
    }
    for (let j = 0; j < to; j++) {
      for (let l = 0; l < from; l++) {
        const weight = matrix[j]![l]!;
        for (let c = 0; c < channels; c++) {
          out[(i * to + j) * channels + c]! += weight * rows[(i * from + l) * channels + c]!;
        }
      }
    }
  }
  return out;
}
