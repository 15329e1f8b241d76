export { type BuiltModel, buildModel, type ModelConfig, type OptimiserSettings } from './built-model.ts';
export type { EagerModel } from './eager/eager-model.ts';
export { type EagerSubject, openEagerThread } from './eager/open-eager-thread.ts';
export {
  type ExportOptions,
  type ExportResult,
  exportModel,
  exportModelFile,
  type FileExportResult,
  type FileOptions,
  type ModelWithParameters,
  type Target,
} from './export-model.ts';
export type { Head, HeadGraph, HeadInput, InputContent } from './heads/head.ts';
export { HEADS, requireHead } from './heads/head-table.ts';
export { statePath, writeInitialState } from './initial-state.ts';
export { type ModelSource, modelMetadata } from './model-metadata.ts';
export { initialModel, type LoadOptions, loadTrainedModel, readModelConfig } from './model-source.ts';
export { type DescribedModel, findModel, MODEL_NAMES } from './named-models.ts';
export type { ParityReport } from './parity/check-parity.ts';
export { type CheckedOutput, PARITY_TOLERANCE } from './parity/verdict.ts';
export { probeInputs } from './probe/probe-inputs.ts';
export { type ConvertOptions, type ConvertResult, convertTfjsModel } from './tfjs/convert.ts';
export { type UntrainedOptions, untrainedConfig, untrainedModel } from './untrained-model.ts';
