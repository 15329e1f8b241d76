import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { blocksOf, columnMeans, type FeatureTable } from '../features/feature-table.ts';

/** How many directions the features use. */
export interface FeatureSpectrum {
  /** Singular values of the centred features, over √images: deviations along the principal axes, descending. */
  readonly deviations: readonly number[];
  /** exp of the entropy of the centred features' singular values, as shares of their sum (Roy and Vetterli 2007). */
  readonly effectiveRank: number;
  /** The same of the features as they are, not centred (Garrido et al. 2023, RankMe). */
  readonly rankMe: number;
  /** (Σ variances)² / Σ variances² along the principal axes. */
  readonly participationRatio: number;
  /** Features that are the same for every image. */
  readonly constantFeatures: number;
}

/** Added to shares, as RankMe has it: the logarithm of 0 never comes up. */
const EPSILON = 1e-7;

/** xᵀx over all rows, divided by their number, in float64: rounding of products in float32 would pass for directions of its own. */
function secondMoment(table: FeatureTable, centre: Float64Array, onProgress?: (rows: number) => void): Float64Array {
  const { dim, count } = table;
  const sum = new Float64Array(dim * dim);
  const row = new Float64Array(dim);
  for (const { start, rows, features } of blocksOf(table, 256)) {
    for (let r = 0; r < rows; r++) {
      for (let i = 0; i < dim; i++) row[i] = features[r * dim + i]! - centre[i]!;
      for (let i = 0; i < dim; i++) {
        const value = row[i]!;
        for (let j = i; j < dim; j++) sum[i * dim + j]! += value * row[j]!;
      }
    }
    onProgress?.(start + rows);
  }
  for (let i = 0; i < dim; i++) {
    for (let j = i; j < dim; j++) {
      sum[i * dim + j]! /= count;
      sum[j * dim + i] = sum[i * dim + j]!;
    }
  }
  return sum;
}

/** Square roots of a symmetric matrix's eigenvalues, descending: singular values over √images. */
function singularValues(moment: Float64Array, dim: number): number[] {
  const matrix = Matrix.from1DArray(dim, dim, moment);
  const { realEigenvalues } = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  return realEigenvalues.map((value) => Math.sqrt(Math.max(0, value))).sort((a, b) => b - a);
}

/** exp of the entropy of shares of the sum. */
function entropyRank(values: readonly number[]): number {
  const sum = values.reduce((a, b) => a + b, 0);
  if (sum === 0) return 0;
  const entropy = values.reduce((total, value) => {
    const share = value / sum + EPSILON;
    return total - share * Math.log(share);
  }, 0);
  return Math.exp(entropy);
}

/** Measures the spectrum of a table's features; dim² products an image, dim³ at the end. */
export function featureSpectrum(table: FeatureTable, onProgress?: (rows: number) => void): FeatureSpectrum {
  const { dim } = table;
  const means = columnMeans(table);
  const covariance = secondMoment(table, means, onProgress);
  const raw = covariance.map((value, i) => value + means[Math.floor(i / dim)]! * means[i % dim]!);
  const deviations = singularValues(covariance, dim);
  const variances = deviations.map((value) => value * value);
  const total = variances.reduce((a, b) => a + b, 0);
  const squares = variances.reduce((sum, value) => sum + value * value, 0);
  let constantFeatures = 0;
  for (let i = 0; i < dim; i++) if (covariance[i * dim + i] === 0) constantFeatures++;
  return {
    deviations,
    effectiveRank: entropyRank(deviations),
    rankMe: entropyRank(singularValues(raw, dim)),
    participationRatio: squares > 0 ? total ** 2 / squares : 0,
    constantFeatures,
  };
}
