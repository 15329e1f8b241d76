import { UserError } from '@mfm/cli';
import { type Dataset, finetuneTransform } from '@mfm/data';
import {
  buildClassifier,
  type Classifier,
  type HostParameters,
  initParameters,
  layerDecayGroup,
  loadPretrained,
  type ParameterSpec,
} from '@mfm/models';
import type { FinetuneConfig } from '../config/finetune-config.ts';
import { parseFinetuneConfig } from '../config/parse-config.ts';
import type { TrainState } from '../engine/engine.ts';
import { shareOfBatch } from '../loop/share-of-batch.ts';
import { initialState } from '../loop/train-state.ts';
import type { TrainingJob } from '../loop/training-job.ts';
import { buildFinetuneStep } from './finetune-step.ts';
import { createBatchPreparation } from './prepare-batch.ts';
import { readPretrained } from './read-pretrained.ts';
import { reportPretrained } from './report-pretrained.ts';
import { openAccuracy } from './validation.ts';

/** How many classes the model has, and their names where they are known. */
function modelClasses(
  { model }: FinetuneConfig,
  { name, classes }: Pick<Dataset, 'name' | 'classes'>,
): { numClasses: number; classes?: string[] } {
  const { numClasses = classes.length } = model;
  if (numClasses < classes.length) {
    throw new UserError(
      `model.numClasses: must be at least the classes of ${name} (${classes.length}), got ${numClasses}. Leave it out.`,
    );
  }
  const names = model.classes ?? (numClasses === classes.length ? [...classes] : undefined);
  return { numClasses, ...(names && { classes: names }) };
}

/** The official code fails on the head of another number of classes; it is what fine-tuning replaces anyway. */
function withoutOtherHead(state: HostParameters, specs: readonly ParameterSpec[]): HostParameters {
  const heads = specs.filter(({ name }) => /^(head|fc)\./.test(name));
  const others = heads.filter(({ name, shape }) => state[name] && state[name].shape.join() !== shape.join());
  const dropped = new Set(others.map(({ name }) => name));
  return Object.fromEntries(Object.entries(state).filter(([name]) => !dropped.has(name)));
}

/** Random weights, and over them those of the checkpoint; says on standard error what came from where. */
async function pretrainedState({ seed, pretrained }: FinetuneConfig, classifier: Classifier): Promise<TrainState> {
  const { checkpoint, resizePositionEmbedding } = pretrained;
  const specs = classifier.parameters;
  if (checkpoint === null) return initialState(specs, seed);
  const { state } = await readPretrained(checkpoint);
  const loaded = loadPretrained(classifier, withoutOtherHead(state, specs), {
    initial: initParameters(specs, seed),
    resizePositionEmbedding,
  });
  reportPretrained(loaded);
  const values = Object.entries(loaded.parameters).map(([name, { data }]) => [name, data] as const);
  return initialState(specs, seed, Object.fromEntries(values));
}

/** @throws UserError where a rank would get an image without the partner it is mixed with */
function requirePairs({ augmentation: { mixup, cutmix }, batchSize }: FinetuneConfig, ranks: number): void {
  if (mixup + cutmix === 0 || (batchSize / ranks) % 2 === 0) return;
  throw new UserError(
    `batchSize: must give each of ${ranks} ranks an even number of images to mix, got ${batchSize}. ` +
      `Use --batch-size ${Math.ceil(batchSize / (2 * ranks)) * 2 * ranks}, or turn mixing off.`,
  );
}

/**
 * Fine-tuning of a classifier, as the official code does it.
 *
 * @param ranks processes that share every batch
 * @throws UserError when the model's configuration does not fit together or has fewer classes than the data
 */
export function createFinetuneJob(
  asked: FinetuneConfig,
  dataset: Pick<Dataset, 'name' | 'classes'>,
  ranks: number,
): TrainingJob {
  const classes = modelClasses(asked, dataset);
  // Parsed once more for the order of its keys: a resumed run, where the number is known before, stores the same bytes.
  const config = parseFinetuneConfig({ ...asked, model: { ...asked.model, ...classes } }, dataset.name);
  const { model, data, augmentation, optimiser, accumulationSteps } = config;
  const { betas, epsilon, weightDecay, clipGrad, layerDecay, emaDecay } = optimiser;
  const classifier = buildClassifier({ ...model, numClasses: classes.numClasses });
  requirePairs(config, ranks);
  const step = buildFinetuneStep({
    ...{ classifier, accumulationSteps, ...shareOfBatch(config, ranks) },
    optimiser: {
      ...{ betas, epsilon, weightDecay, clipGrad: clipGrad ?? Number.POSITIVE_INFINITY },
      group: layerDecayGroup(model.encoder, layerDecay),
      ...(emaDecay !== null && { emaDecay }),
    },
  });
  return {
    ...{ config, step, parameters: classifier.parameters },
    transform: finetuneTransform(model.imageSize, {
      ...{ scale: data.cropScale, flip: data.flip, mean: model.mean },
      randAugment: augmentation.randAugment ?? 'none',
      colourJitter: augmentation.colourJitter,
      ...(data.padding !== undefined && { padding: data.padding }),
    }),
    initialState: () => pretrainedState(config, classifier),
    prepare: createBatchPreparation(config, classes.numClasses, classifier.encoder.dropPathRates),
    openEvaluation: (rank) => openAccuracy(config, classifier, dataset.classes, rank),
  };
}
