import { blocksOf, columnMeans, type FeatureTable } from '../features/feature-table.ts';
import type { LinearClassifier } from './linear-classifier.ts';

/** An affine map per feature: (x − mean) / deviation. */
export interface Standardization {
  readonly mean: Float64Array;
  /** Standard deviation; 1 where a feature is constant. */
  readonly deviation: Float64Array;
}

/** Features as they are. */
export const identity = (dim: number): Standardization => ({
  mean: new Float64Array(dim),
  deviation: new Float64Array(dim).fill(1),
});

/** Mean and (population) standard deviation of every feature. */
export function measureStandardization(table: FeatureTable): Standardization {
  const { count, dim } = table;
  const mean = columnMeans(table);
  const squares = new Float64Array(dim);
  for (const { features, rows } of blocksOf(table)) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < dim; column++) {
        squares[column]! += (features[row * dim + column]! - mean[column]!) ** 2;
      }
    }
  }
  // A deviation that is rounding noise beside the mean carries no signal: dividing by it would blow the noise up.
  const deviation = squares.map((sum, column) => {
    const value = Math.sqrt(sum / count);
    return value > 1e-7 * (1 + Math.abs(mean[column]!)) ? value : 1;
  });
  return { mean, deviation };
}

/** The classifier on raw features that equals `classifier` on standardised ones. */
export function foldStandardization(
  classifier: LinearClassifier,
  { mean, deviation }: Standardization,
): LinearClassifier {
  const { dim, classCount } = classifier;
  const weight = classifier.weight.map((value, i) => value / deviation[i % dim]!);
  const bias = classifier.bias.slice();
  for (let k = 0; k < classCount; k++) {
    for (let column = 0; column < dim; column++) bias[k]! -= weight[k * dim + column]! * mean[column]!;
  }
  return { dim, classCount, weight, bias };
}
