import { createLoader, type Dataset, evalTransform, type Loader, listSplits, openDataset } from '@mfm/data';
import { type Classifier, evaluation, imagesFromPixels, normalise } from '@mfm/models';
import type { FinetuneConfig } from '../config/finetune-config.ts';
import { type Forward, openForward } from '../engine/forward.ts';
import type { Evaluation, Scores } from '../loop/evaluation.ts';
import type { RankSetup } from '../loop/rank-setup.ts';
import { findValidation, ownShare, requireTrainedClasses } from '../loop/validation-images.ts';
import { emptyTally, sumTally, tally } from './accuracy.ts';

type Arrays = Readonly<Record<string, Float32Array>>;

/** Images per run: small ones need large batches to fill the cores, large ones would fill memory. */
const batchSizeFor = (imageSize: number) => (imageSize <= 64 ? 256 : 32);

async function openValidation(config: FinetuneConfig, classes: readonly string[]): Promise<Dataset> {
  const { path, split } = await findValidation(config.data, listSplits);
  const { imageSize } = config.model;
  const { skipBad } = config.data;
  const dataset = await openDataset(path, { skipBad, imageSize, ...(split !== undefined && { split }) });
  try {
    requireTrainedClasses(dataset.classes, classes, path);
  } catch (error) {
    await dataset.close();
    throw error;
  }
  return dataset;
}

/** The loader's last batch may be short: the graph's batch is fixed. */
function padded(pixels: Uint8Array, size: number): Uint8Array {
  if (pixels.length === size) return pixels;
  const full = new Uint8Array(size);
  full.set(pixels);
  return full;
}

/**
 * Accuracy on the validation images, with the evaluation transform (resize, central crop) and running statistics: `top1` and `top5` in
 * percent, and the mean cross-entropy `valLoss`; of the moving average too, as `top1Ema` …, where the state has one.
 *
 * @param classes names of the training data's classes
 * @param rank of several that measure together, each its share of the images; every one gets the scores of all
 * @throws UserError when there are no validation images, or of other classes
 */
export async function openAccuracy(
  config: FinetuneConfig,
  classifier: Classifier,
  classes: readonly string[],
  rank?: RankSetup | undefined,
): Promise<Evaluation> {
  const { imageSize, mean, std } = config.model;
  const { numClasses } = classifier.config;
  const batchSize = batchSizeFor(imageSize);
  const dataset = await openValidation(config, classes);
  const opened: { close(): Promise<void> }[] = [dataset];
  const close = async () => {
    for (const part of opened.splice(0).reverse()) await part.close();
  };
  const subset = ownShare(dataset.length, rank);
  let loader: Loader | undefined;
  let forward: Forward;
  try {
    const { workers } = config.data;
    // With fewer images than ranks, some have none.
    if (subset?.length !== 0) {
      loader = createLoader(dataset, {
        ...{ batchSize, transform: evalTransform(imageSize) },
        ...(subset && { subset }),
        ...((workers ?? rank) !== undefined && { workers: workers ?? rank!.threads }),
      });
      opened.push(loader);
    }
    const inputs = {
      pixels: { shape: [batchSize, imageSize, imageSize, 3], dtype: 'uint8' as const },
      ...Object.fromEntries(classifier.parameters.map(({ name, shape }) => [name, { shape }])),
    };
    forward = await openForward(
      ({ pixels, ...parameters }) => ({
        logits: classifier.logits(parameters, normalise(imagesFromPixels(pixels!), mean, std), evaluation()),
      }),
      inputs,
      { ...config, threads: config.threads ?? rank?.threads },
    );
    opened.push(forward);
  } catch (error) {
    await close();
    throw error;
  }

  async function measure(parameters: Arrays, suffix: string): Promise<Scores> {
    const counted = emptyTally();
    for await (const { pixels, labels } of loader?.epoch(0) ?? []) {
      const fed = { ...parameters, pixels: padded(pixels, batchSize * imageSize ** 2 * 3) };
      const { logits } = await forward.run(fed);
      tally(counted, logits!, labels, numClasses);
    }
    if (rank) await sumTally(counted, rank.communicator);
    const { samples, top1, top5, loss } = counted;
    const values = { top1: (100 * top1) / samples, top5: (100 * top5) / samples, valLoss: loss / samples };
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${name}${suffix}`, value]));
  }
  return {
    criterion: config.optimiser.emaDecay === null ? 'top1' : 'top1Ema',
    async run({ parameters, ema }) {
      const scores = await measure(parameters, '');
      // Fixed tables are not averaged.
      return ema ? { ...scores, ...(await measure({ ...parameters, ...ema }, 'Ema')) } : scores;
    },
    close,
  };
}
