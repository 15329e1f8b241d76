export type { FinetuneConfig, FinetuneConfigInput } from './config/finetune-config.ts';
export {
  parseFinetuneConfig,
  parsePretrainConfig,
  parsePretrainOptimiser,
  parseSegmentationConfig,
  parseTrainConfig,
} from './config/parse-config.ts';
export type { PretrainConfig, PretrainConfigInput } from './config/pretrain-config.ts';
export {
  type ConfigSources,
  resolveConfig,
  resolveFinetuneConfig,
  resolveSegmentationConfig,
} from './config/resolve-config.ts';
export type { SegmentationConfig, SegmentationConfigInput } from './config/segmentation-config.ts';
export type { TrainConfig, TrainConfigInput } from './config/train-config.ts';
export { createEngine, type EngineOptions } from './engine/create-engine.ts';
export type { Engine, EngineBatch, StepMetrics, TrainState } from './engine/engine.ts';
export { traceStep } from './engine/onnxruntime-engine.ts';
export { activateTfjsBackend } from './engine/tfjs-backend.ts';
export type { StepReport } from './loop/progress.ts';
export { type RunOptions, type RunStart, type RunSummary, runTraining } from './loop/run-training.ts';
export { initialState } from './loop/train-state.ts';
export type { Preset } from './presets/preset.ts';
export { findPreset, PRESETS } from './presets/presets.ts';
export { toDegradation } from './pretrain/degradation.ts';
export { createMaskDraw, type MaskTask } from './pretrain/draw-masks.ts';
export { createLossWeight } from './pretrain/loss-weight.ts';
export { buildPretrainStep, type PretrainInput, type PretrainStepOptions } from './pretrain/pretrain-step.ts';
export { type EvaluationLine, readEvaluations } from './run-directory/evaluations-file.ts';
export { type MetricsLine, readMetrics } from './run-directory/metrics-file.ts';
export { readRunConfig } from './run-directory/run-directory.ts';
export {
  learningRateAt,
  SCHEDULE_NAMES,
  type Schedule,
  type ScheduleName,
  scaleLearningRate,
  scheduleValue,
} from './schedule/schedule.ts';
export { adamwScalars, adamwTensors, adamwUpdate } from './step/adamw.ts';
export { clipByGlobalNorm } from './step/clip.ts';
export { type GroupParameters, type ParameterGroup, singleRate } from './step/parameter-group.ts';
export { buildTrainStep, type TrainStep, type TrainStepOptions } from './step/train-step.ts';
