export { spillWasm } from './backend/spill-wasm.ts';
export { registerWasmKernels } from './backend/wasm-kernels.ts';
export {
  type Checkpoint,
  checkParameters,
  type HostParameters,
  type OptimizerState,
  readCheckpoint,
  writeCheckpoint,
} from './checkpoint/checkpoint.ts';
export { resolveCheckpoint } from './checkpoint/checkpoint-path.ts';
export { isOwnCheckpoint } from './checkpoint/is-own-checkpoint.ts';
export {
  type ReadTensor,
  readSafetensors,
  readSafetensorsHeader,
  readSafetensorsMetadata,
  type SafetensorsFile,
} from './checkpoint/read-safetensors.ts';
export type { SafetensorsArray, SafetensorsTensor, SafetensorsType } from './checkpoint/safetensors-type.ts';
export { encodeSafetensors, writeSafetensors } from './checkpoint/write-safetensors.ts';
export { buildClassifier, type Classifier } from './classifier/classifier.ts';
export type { ClassifierConfig } from './classifier/classifier-config.ts';
export { type LayerDecayGroup, layerDecayGroup } from './classifier/layer-decay.ts';
export { crossEntropies, softTargetCrossEntropy, sumOfCrossEntropies } from './classifier/loss.ts';
export type { Encoder, EncoderOptions, ForwardContext } from './encoder/encoder.ts';
export { evaluation } from './encoder/encoder.ts';
export { buildEncoder, type EncoderConfig } from './encoder/encoder-table.ts';
export { type ForeignModel, modelInPth, modelTensors, readForeignModel } from './foreign/foreign-model.ts';
export {
  type AnyModelConfig,
  type EncoderModelConfig,
  type ForeignOptions,
  type InferredConfig,
  inferConfig,
} from './foreign/infer-config.ts';
export { parseModelConfig } from './foreign/model-config.ts';
export { encodeStateDict, type StateDictModel, stateDict } from './foreign/model-state-dict.ts';
export { type OfficialConfig, toEncoderConfig, toLossOptions, toPretextConfig } from './foreign/official-config.ts';
export type { BufferSpec } from './parameters/buffer-spec.ts';
export { type HostParameter, initParameters } from './parameters/init-parameters.ts';
export type { Initialiser, ParameterSpec } from './parameters/parameter-spec.ts';
export type { Tensors } from './parameters/tensors.ts';
export { isDecayed } from './parameters/weight-decay.ts';
export type { Corruption } from './pretext/corruption.ts';
export type { DecoderConfig } from './pretext/decoder/decoder-config.ts';
export { denormalise, imagesFromPixels, normalise, type PerChannel } from './pretext/normalise.ts';
export { buildPretext, type PretextModel, type Reconstruction } from './pretext/pretext.ts';
export type { PretextConfig } from './pretext/pretext-config.ts';
export type * from './pretext/task-config.ts';
export { type LoadPretrainedOptions, loadPretrained, type Pretrained } from './pretrained/load-pretrained.ts';
export { resizeModel } from './pretrained/resize-model.ts';
export { resizePositionEmbedding } from './pretrained/resize-position-embedding.ts';
export { isPthTensor, type PthKey, type PthTensor, type PthValue } from './pth/pth-value.ts';
export { readPth } from './pth/read-pth.ts';
export type { ResnetConfig } from './resnet/resnet-config.ts';
export { loadBackbone, segmenterDecayGroup } from './segmentation/load-backbone.ts';
export { IGNORE_INDEX, type PixelMean, pixelCrossEntropy } from './segmentation/pixel-loss.ts';
export { buildSegmenter, type PixelTargets, type Segmenter } from './segmentation/segmenter.ts';
export type { SegmenterConfig, UpernetConfig } from './segmentation/segmenter-config.ts';
export { amplitudeSpectrum } from './spectral/amplitude.ts';
export { corruptFrequencies, filterFrequencies } from './spectral/corrupt.ts';
export {
  DEFAULT_FREQUENCY_LOSS,
  type FrequencyLossInputs,
  type FrequencyLossOptions,
  frequencyDistance,
  frequencyLoss,
} from './spectral/frequency-loss.ts';
export { frequencyMask } from './spectral/frequency-mask.ts';
export type { SwinConfig } from './swin/swin-config.ts';
export { sinCosPositionEmbedding } from './vit/position-embedding.ts';
export type { VitConfig } from './vit/vit-config.ts';
