export { EVAL_COMMANDS, evalCommand } from './command-table.ts';
export type { EvalCommand } from './commands/eval-command.ts';
export { type ExtractOptions, extractFeatures } from './features/extract-features.ts';
export { type ModelOptions, openFeatureModel, openVectorModel, type VectorModel } from './features/feature-model.ts';
export { columnMeans, type FeatureTable, normalizeRows, selectRows } from './features/feature-table.ts';
export { normalizePixels, type Preprocessing, readPreprocessing } from './features/preprocessing.ts';
export { chooseSubset, stratifiedSplit } from './features/seeded-subset.ts';
export { type KnnOptions, type KnnResult, knnClassify } from './knn/knn-classify.ts';
export { nearestRows } from './knn/nearest-rows.ts';
export { fitLinearProbe, type LinearProbe, type LinearProbeOptions, WEIGHT_DECAYS } from './linear/linear-probe.ts';
export {
  accuracyOf,
  classifyRows,
  type LinearClassifier,
  type LogisticFit,
  openLogisticProblem,
} from './linear/logistic-regression.ts';
export { readProbe, type SavedProbe, writeProbe } from './linear/probe-file.ts';
export { makePredictor } from './linear/probe-predictor.ts';
