export {
  type ExportOptions,
  type ExportResult,
  exportModel,
  type ModelWithParameters,
  type Target,
} from './export-model.ts';
export { HEADS, type Head, type HeadInput } from './head.ts';
export { type ModelSource, modelMetadata } from './model-metadata.ts';
export { initialModel, loadTrainedModel, readModelConfig } from './model-source.ts';
export { findModel, MODEL_NAMES } from './named-models.ts';
export { type OutputParity, PARITY_TOLERANCE, type ParityReport } from './parity.ts';
