import { startProgress } from '@mfm/cli';
import type { Dataset } from '@mfm/data';
import {
  extractFeatures,
  type FeatureTable,
  fitLinearProbe,
  type KnnResult,
  knnClassify,
  type LinearProbe,
  makeClassifier,
  modelTransform,
  openFeatureModel,
  tableAccuracy,
  type VectorModel,
  WEIGHT_DECAYS,
} from '@mfm/eval';
import { CORRUPTIONS, evaluateRobustness, type RobustnessResult, type Severity } from '@mfm/robustness';

/** All that is measured of an encoder. */
export interface EncoderScores {
  readonly probe: LinearProbe;
  readonly testAccuracy: number;
  readonly knn: KnnResult;
  readonly robustness: RobustnessResult;
}

export interface EvaluationPlan {
  readonly feature: string;
  readonly severities: readonly Severity[];
  readonly robustnessImages: number;
}

async function extract(model: VectorModel, dataset: Dataset, label: string): Promise<FeatureTable> {
  const progress = startProgress(label, dataset.length);
  try {
    return await extractFeatures(model, dataset, { onProgress: (done) => progress.update(done) });
  } finally {
    progress.stop();
  }
}

async function measureRobustness(
  model: VectorModel,
  probe: LinearProbe,
  test: Dataset,
  { severities, robustnessImages }: EvaluationPlan,
  label: string,
): Promise<RobustnessResult> {
  const count = Math.min(robustnessImages, test.length);
  const progress = startProgress(label, count * (1 + CORRUPTIONS.length * severities.length));
  try {
    return await evaluateRobustness({
      classifier: makeClassifier(model, probe.classifier),
      dataset: test,
      subset: Int32Array.from({ length: count }, (_, i) => i),
      ...{ transform: modelTransform(model), batchSize: 250, severities },
      onProgress: (done, _, text) => progress.update(done, text),
    });
  } finally {
    progress.stop();
  }
}

/** Linear probe, kNN and robustness of one exported encoder. */
export async function evaluateEncoder(
  path: string,
  name: string,
  { train, test }: { readonly train: Dataset; readonly test: Dataset },
  plan: EvaluationPlan,
): Promise<EncoderScores> {
  const model = await openFeatureModel(path, plan.feature);
  try {
    const trainFeatures = await extract(model, train, `${name}: train features`);
    const testFeatures = await extract(model, test, `${name}: test features`);
    const progress = startProgress(`${name}: linear probe`, WEIGHT_DECAYS.length + 1);
    const probe = await fitLinearProbe(trainFeatures, {
      classCount: train.classes.length,
      onProgress: (done, _, text) => progress.update(done, text),
    }).finally(() => progress.stop());
    const knn = await knnClassify(trainFeatures, testFeatures);
    const testAccuracy = await tableAccuracy(testFeatures, probe.classifier);
    const robustness = await measureRobustness(model, probe, test, plan, `${name}: robustness`);
    return { probe, testAccuracy, knn, robustness };
  } finally {
    await model.close();
  }
}
