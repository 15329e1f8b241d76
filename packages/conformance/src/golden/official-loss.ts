import type { FrequencyLossOptions } from '@mfm/models';

/** The official names of the loss options, in lower case. */
export interface OfficialLossOptions {
  loss_gamma: number;
  matrix_gamma: number;
  patch_factor: number;
  ave_spectrum: boolean;
  with_matrix: boolean;
  log_matrix: boolean;
  batch_matrix: boolean;
}

export const toLossOptions = (official: OfficialLossOptions): FrequencyLossOptions => ({
  gamma: official.loss_gamma,
  matrixGamma: official.matrix_gamma,
  patchFactor: official.patch_factor,
  aveSpectrum: official.ave_spectrum,
  withMatrix: official.with_matrix,
  logMatrix: official.log_matrix,
  batchMatrix: official.batch_matrix,
});
