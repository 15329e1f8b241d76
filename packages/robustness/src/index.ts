export type { Adversarial, Attack, AttackBatch, AttackSettings, Band, SettingName } from './attack/attack.ts';
export { ATTACKS, findAttack, type GivenSettings, resolveSettings } from './attack/attack-table.ts';
export {
  type AttackTestOptions,
  attackTests,
  type ChosenAttack,
} from './attack/attack-tests.ts';
export {
  type FloatClassifier,
  type GradientClassifier,
  hasGradient,
  type ImageShape,
  type LossGradient,
} from './attack/gradient-classifier.ts';
export type { Norm } from './attack/norm.ts';
export { type PerturbationSizes, perturbationOf, perturbationSizes } from './attack/perturbation.ts';
export { type Attacked, attackAndJudge, attackImages, GRADIENT_ADVICE } from './attack/run-attack.ts';
export { TARGET_CHOICES, type TargetChoice } from './attack/target-class.ts';
export type { BenchmarkOptions, BenchmarkPart, BenchmarkSet, EvaluationSize } from './benchmark-set/benchmark-set.ts';
export { BENCHMARK_SETS } from './benchmark-set/benchmark-table.ts';
export { mapClasses } from './benchmark-set/class-map.ts';
export { IMAGENET_1K_WNIDS } from './benchmark-set/imagenet-1k-wnids.ts';
export type { CorruptionCheck } from './conformance/check.ts';
export {
  type CorruptionConformance,
  type CorruptionOutcome,
  corruptionConformance,
} from './conformance/corruption-conformance.ts';
export { isCorruptionFolder } from './conformance/golden-folder.ts';
export type { TreeFormat, TreeSettings } from './corrupted-tree/tree-image.ts';
export { TREE_FORMATS, type TreeOptions, type TreeSummary, writeCorruptedTree } from './corrupted-tree/write-tree.ts';
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
export { type CorruptionPool, createCorruptionPool } from './evaluate/corruption-pool.ts';
export { type CorruptionTestOptions, corruptionTests } from './evaluate/corruption-tests.ts';
export { evaluateRobustness, type RobustnessOptions } from './evaluate/evaluate-robustness.ts';
export { type ClassMap, correctness, type Outcomes, outcomesOf } from './evaluate/outcomes.ts';
export { folderStore, memoryStore, type ResultStore } from './evaluate/result-store.ts';
export {
  type CorruptionScore,
  type CorruptionScores,
  corruptionScores,
  type RobustnessResult,
  type Score,
  score,
} from './evaluate/robustness-result.ts';
export {
  type Classifier,
  type PlannedTest,
  runTests,
  type Subject,
  type TestResult,
  type TestRun,
} from './evaluate/run-tests.ts';
export type {
  CalibrationBin,
  CorruptionReport,
  ModelSummary,
  PairedComparison,
  RingErrorReport,
  SuiteDocument,
  TestSummary,
} from './evaluate/suite-document.ts';
export { type ImageBatch, type PixelBatch, type TestBatch, toImages, toPixels } from './evaluate/test-batch.ts';
export { CLEAN, type TestCase, type TestSection } from './evaluate/test-case.ts';
export {
  BAND_CONTRAST,
  BAND_MEAN,
  BAND_NOISE_DEVIATIONS,
  bandCentres,
  bandNoise,
  type CriticalBand,
  maskCriticalBand,
} from './frequency/critical-band.ts';
export { distinctBins, type FourierBin, fourierBasis } from './frequency/fourier-basis.ts';
export {
  FREQUENCY_TESTS,
  type FrequencySettings,
  type FrequencyTest,
  filterRadii,
  findFrequencyTest,
} from './frequency/frequency-tests.ts';
export {
  checkHeatMap,
  defaultMapNorm,
  defaultMapSize,
  fourierHeatMap,
  type HeatMap,
  type HeatMapOptions,
  type HeatMapRows,
  makeHeatMapRows,
} from './frequency/heat-map.ts';
export { folderRows } from './frequency/heat-map-store.ts';
export {
  BAND_SHAPES,
  type BandShape,
  lowPassMask,
  type Pass,
  type PassFilter,
  passFilter,
} from './frequency/pass-filter.ts';
export { radialEnergy, ringCount, withPerturbationSpectrum } from './frequency/radial-spectrum.ts';
export {
  createRingEnergies,
  putRingEnergies,
  type RingEnergies,
  type RingError,
  ringErrors,
} from './frequency/ring-error.ts';
export { ALEXNET, type BaselineErrors } from './mce/alexnet-errors.ts';
export { readBaseline } from './mce/baseline-file.ts';
export { type CorruptionErrors, corruptionErrors } from './mce/corruption-error.ts';
export { bootstrapAccuracies, type Interval, percentileInterval } from './measure/bootstrap.ts';
export { type McNemarResult, mcNemar } from './measure/mcnemar.ts';
export { type Summary, summarise } from './measure/summarise.ts';
export { loadFrostPhotographs } from './texture/frost-textures.ts';
