export { parseTrainConfig } from './config/parse-config.ts';
export { type ConfigSources, resolveConfig } from './config/resolve-config.ts';
export type { TrainConfig, TrainConfigInput } from './config/train-config.ts';
export { buildMfmStep, createEngine, type EngineOptions } from './engine/create-engine.ts';
export type { Engine, EngineBatch, StepMetrics, TrainState } from './engine/engine.ts';
export { traceStep } from './engine/onnxruntime-engine.ts';
export { createMaskDraw, type MaskTask } from './loop/draw-masks.ts';
export type { StepReport } from './loop/progress.ts';
export { type RunOptions, type RunStart, type RunSummary, runTraining } from './loop/run-training.ts';
export { initialState } from './loop/train-state.ts';
export type { Preset } from './presets/preset.ts';
export { findPreset, PRESETS } from './presets/presets.ts';
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
export { adamwScalars, adamwUpdate } from './step/adamw.ts';
export { clipByGlobalNorm } from './step/clip.ts';
export { buildTrainStep, type TrainStep, type TrainStepOptions } from './step/train-step.ts';
