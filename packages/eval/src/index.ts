export { rankImages } from './classify/rank-images.ts';
export { type ClassificationScore, scoreImages } from './classify/score-images.ts';
export { EVAL_COMMANDS, evalCommand } from './command-table.ts';
export type { EvalCommand } from './commands/eval-command.ts';
export {
  type ChosenCorruptions,
  corruptionNames,
  parseCorruptions,
  parseSeverities,
} from './commands/parse-corruptions.ts';
export type {
  OpenedTests,
  RobustnessSection,
  SuiteContext,
  SuiteModel,
} from './commands/robustness/robustness-section.ts';
export { type FeatureSpectrum, featureSpectrum } from './feature-quality/spectrum.ts';
export { mapFeatures } from './feature-quality/umap.ts';
export { alignment, uniformity } from './feature-quality/uniformity.ts';
export { type ExtractOptions, extractFeatures, modelTransform } from './features/extract-features.ts';
export { type CacheOptions, openFeatures } from './features/feature-cache.ts';
export {
  type Block,
  blocksOf,
  columnMeans,
  type FeatureTable,
  joinColumns,
  loadTable,
  type MemoryTable,
  normalizeRows,
  selectRows,
  tableOf,
  unitTable,
} from './features/feature-table.ts';
export { chooseSubset, stratifiedSplit } from './features/seeded-subset.ts';
export { type FewShotScore, fewShot } from './few-shot/few-shot.ts';
export { type KnnOptions, type KnnResult, type KnnScore, knnClassify } from './knn/knn-classify.ts';
export { nearestRows } from './knn/nearest-rows.ts';
export { croppedFeatures, storedFeatures } from './linear/heads/feature-batches.ts';
export { HEAD_PROTOCOLS, type HeadProtocol } from './linear/heads/head-protocols.ts';
export { type TrainedHead, trainHeads } from './linear/heads/train-heads.ts';
export { classifyRows, type LinearClassifier, logitBlocks } from './linear/linear-classifier.ts';
export { fitLinearProbe, type LinearProbe, type LinearProbeOptions, WEIGHT_DECAYS } from './linear/linear-probe.ts';
export { type LogisticFit, openLogisticProblem } from './linear/logistic-regression.ts';
export { accuracyOf, classifyTable, type Predictions, tableAccuracy } from './linear/predictions.ts';
export { makeClassifier } from './linear/probe-classifier.ts';
export { readProbe, type SavedProbe, writeProbe } from './linear/probe-file.ts';
export { type ClassReport, classReport } from './measure/class-report.ts';
export { wilsonInterval } from './measure/wilson.ts';
export { type ModelOptions, openFeatureModel, openVectorModel, type VectorModel } from './model/feature-model.ts';
export { type Preprocessing, readPreprocessing } from './model/preprocessing.ts';
export { type RetrievalResult, retrieve } from './retrieval/retrieve.ts';
