export { type ConformanceLine, corruptionConformance } from './conformance/corruption-conformance.ts';
export { type CorruptOptions, corruptImage, nearestTableSize } from './corruption/corrupt-image.ts';
export {
  type Corruption,
  type CorruptionCategory,
  SEVERITIES,
  type Severity,
  type SeverityRow,
  TABLE_SIZES,
  type TableSize,
} from './corruption/corruption.ts';
export { CORRUPTIONS, findCorruption } from './corruption/corruption-table.ts';
export { evaluateRobustness, type RobustnessOptions } from './evaluate/evaluate-robustness.ts';
export type { Predict } from './evaluate/predict.ts';
export type { CorruptionScore, RobustnessResult, Score } from './evaluate/robustness-result.ts';
export { ALEXNET, type BaselineErrors } from './mce/alexnet-errors.ts';
export { type CorruptionErrors, corruptionErrors } from './mce/corruption-error.ts';
