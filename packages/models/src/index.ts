export {
  type Checkpoint,
  checkParameters,
  type HostParameters,
  type OptimizerState,
  readCheckpoint,
  writeCheckpoint,
} from './checkpoint/checkpoint.ts';
export { resolveCheckpoint } from './checkpoint/checkpoint-path.ts';
export {
  type ReadTensor,
  readSafetensors,
  readSafetensorsMetadata,
  type SafetensorsFile,
} from './checkpoint/read-safetensors.ts';
export type { SafetensorsArray, SafetensorsTensor, SafetensorsType } from './checkpoint/safetensors-type.ts';
export { encodeSafetensors, writeSafetensors } from './checkpoint/write-safetensors.ts';
export {
  buildMfm,
  type Features,
  type MfmConfig,
  type MfmModel,
  type MfmTask,
  type Reconstruction,
} from './mfm/mfm.ts';
export { denormalise, imagesFromPixels, normalise, type PerChannel } from './mfm/normalise.ts';
export { type HostParameter, initParameters } from './parameters/init-parameters.ts';
export type { Initialiser, ParameterSpec } from './parameters/parameter-spec.ts';
export type { Tensors } from './parameters/tensors.ts';
export { isDecayed } from './parameters/weight-decay.ts';
export { isPthTensor, type PthKey, type PthTensor, type PthValue } from './pth/pth-value.ts';
export { readPth } from './pth/read-pth.ts';
export { corruptFrequencies, filterFrequencies } from './spectral/corrupt.ts';
export {
  DEFAULT_FREQUENCY_LOSS,
  type FrequencyLossInputs,
  type FrequencyLossOptions,
  frequencyDistance,
  frequencyLoss,
} from './spectral/frequency-loss.ts';
export { frequencyMask } from './spectral/frequency-mask.ts';
export { sinCosPositionEmbedding } from './vit/position-embedding.ts';
export type { VitConfig } from './vit/vit-config.ts';
