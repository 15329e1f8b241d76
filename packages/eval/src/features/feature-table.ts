/** The features of a set of images, with their labels, as one dense matrix. */
export interface FeatureTable {
  /** `[count, dim]`, row-major. */
  readonly features: Float32Array;
  /** `[count]`, class indices from 0. */
  readonly labels: Int32Array;
  readonly count: number;
  readonly dim: number;
}

/** The rows `indices` of a table, copied, in that order. */
export function selectRows(table: FeatureTable, indices: ArrayLike<number>): FeatureTable {
  const { dim } = table;
  const features = new Float32Array(indices.length * dim);
  const labels = new Int32Array(indices.length);
  for (let row = 0; row < indices.length; row++) {
    const source = indices[row]!;
    features.set(table.features.subarray(source * dim, (source + 1) * dim), row * dim);
    labels[row] = table.labels[source]!;
  }
  return { features, labels, count: indices.length, dim };
}

/** Mean of each column, accumulated in float64. */
export function columnMeans(table: FeatureTable): Float64Array {
  const { features, count, dim } = table;
  const means = new Float64Array(dim);
  for (let row = 0; row < count; row++) {
    for (let column = 0; column < dim; column++) means[column]! += features[row * dim + column]!;
  }
  return means.map((sum) => sum / count);
}

/** Rows scaled to unit Euclidean length, after subtracting `center` if given; a zero row stays zero. */
export function normalizeRows(table: FeatureTable, center?: Float64Array): Float32Array {
  const { features, count, dim } = table;
  const result = new Float32Array(features.length);
  for (let row = 0; row < count; row++) {
    let square = 0;
    for (let i = row * dim, column = 0; column < dim; i++, column++) {
      const value = features[i]! - (center?.[column] ?? 0);
      result[i] = value;
      square += value * value;
    }
    const scale = square > 0 ? 1 / Math.sqrt(square) : 0;
    for (let i = row * dim; i < (row + 1) * dim; i++) result[i]! *= scale;
  }
  return result;
}
