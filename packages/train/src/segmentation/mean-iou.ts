import { createRandom, listSegmentationSplits, openSegmentationDataset, type SegmentationDataset } from '@mfm/data';
import { evaluation, imagesFromPixels, normalise, type Segmenter } from '@mfm/models';
import { countPixels, createConfusion, predictMask, segmentationScores, type WindowModel } from '@mfm/segmentation';
import type { SegmentationConfig } from '../config/segmentation-config.ts';
import { openForward } from '../engine/forward.ts';
import type { Evaluation, Scores } from '../loop/evaluation.ts';
import type { RankSetup } from '../loop/rank-setup.ts';
import { findValidation, ownShare, requireTrainedClasses } from '../loop/validation-images.ts';

type Arrays = Readonly<Record<string, Float32Array>>;

/** Windows per run: small ones need several to fill the cores, large ones would fill memory with logits. */
const batchSizeFor = (imageSize: number) => (imageSize <= 128 ? 8 : 1);

/** Pixels from a window to the next, where nothing else is asked for: 341 of 512, as mmsegmentation has it. */
export const usualStride = (crop: number): number => Math.max(1, Math.floor((crop * 2) / 3));

async function openValidation(config: SegmentationConfig, classes: readonly string[]): Promise<SegmentationDataset> {
  const { path, split } = await findValidation(config.data, listSegmentationSplits);
  const { skipBad, reduceZeroLabel } = config.data;
  const dataset = await openSegmentationDataset(path, {
    skipBad,
    ...(split !== undefined && { split }),
    ...(reduceZeroLabel !== undefined && { reduceZeroLabel }),
  });
  requireTrainedClasses(dataset.classes, classes, path);
  return dataset;
}

/** The images that are measured, ascending. */
function chooseImages({ seed, data }: SegmentationConfig, { length }: SegmentationDataset): Int32Array {
  const { images = length } = data.validation;
  if (images >= length) return Int32Array.from({ length }, (_, i) => i);
  return createRandom(seed, 'validation').permutation(length).subarray(0, images).sort();
}

/**
 * Scores on the validation images, predicted in sliding windows with running statistics: `mIoU`, `meanAccuracy` and `pixelAccuracy` in percent; of the
 * moving average too, as `mIoUEma` …, where the state has one.
 *
 * @param classes names of the training data's classes
 * @param rank of several that measure together, each its share of the images; every one gets the scores of all
 * @throws UserError when there are no validation images, or of other classes
 */
export async function openMeanIou(
  config: SegmentationConfig,
  segmenter: Segmenter,
  classes: readonly string[],
  rank?: RankSetup | undefined,
): Promise<Evaluation> {
  const { imageSize, mean, std, numClasses } = segmenter.config;
  const dataset = await openValidation(config, classes);
  const images = chooseImages(config, dataset);
  const own = ownShare(images.length, rank)?.map((place) => images[place]!) ?? images;
  const batchSize = batchSizeFor(imageSize);
  const windowValues = imageSize ** 2 * 3;
  const inputs = {
    pixels: { shape: [batchSize, imageSize, imageSize, 3], dtype: 'uint8' as const },
    ...Object.fromEntries(segmenter.parameters.map(({ name, shape }) => [name, { shape }])),
  };
  const forward = await openForward(
    ({ pixels, ...parameters }) => ({
      logits: segmenter.logits(parameters, normalise(imagesFromPixels(pixels!), mean, std), evaluation()),
    }),
    inputs,
    { ...config, threads: config.threads ?? rank?.threads },
  ).catch(async (error) => {
    await dataset.close();
    throw error;
  });
  const byte = (value: number) => Math.round(255 * value);

  const modelOf = (parameters: Arrays): WindowModel => ({
    ...{ classCount: numClasses, side: imageSize, batchSize },
    fill: [byte(mean[0]!), byte(mean[1]!), byte(mean[2]!)],
    async run(pixels, count) {
      // The graph's batch is fixed.
      const fed = new Uint8Array(batchSize * windowValues);
      fed.set(pixels);
      const { logits } = await forward.run({ ...parameters, pixels: fed });
      const size = numClasses * imageSize ** 2;
      return Array.from({ length: count }, (_, n) => ({
        values: logits!.subarray(n * size, (n + 1) * size),
        ...{ classCount: numClasses, height: imageSize, width: imageSize },
      }));
    },
  });

  async function measure(parameters: Arrays, suffix: string): Promise<Scores> {
    const confusion = createConfusion(numClasses);
    const model = modelOf(parameters);
    const { stride } = config.evaluation;
    const options = { mode: 'slide', crop: imageSize, stride: stride ?? usualStride(imageSize) } as const;
    // The next image is read while the model works on this one.
    const read = (place: number) => (place < own.length ? dataset.read(own[place]!) : undefined);
    let next = read(0);
    for (let place = 0; place < own.length; place++) {
      const image = (await next)!;
      next = read(place + 1);
      const mask = await predictMask(model, image, { ...options, fit: config.data.fit ?? undefined });
      countPixels(confusion, image.mask!, mask);
    }
    if (rank) await rank.communicator.allReduce(confusion.counts);
    const { mIoU, meanAccuracy, pixelAccuracy } = segmentationScores(confusion);
    return Object.fromEntries(
      Object.entries({ mIoU, meanAccuracy, pixelAccuracy }).map(([name, value]) => [`${name}${suffix}`, 100 * value]),
    );
  }

  return {
    criterion: config.optimiser.emaDecay === null ? 'mIoU' : 'mIoUEma',
    async run({ parameters, ema }) {
      const scores = await measure(parameters, '');
      return ema ? { ...scores, ...(await measure({ ...parameters, ...ema }, 'Ema')) } : scores;
    },
    async close() {
      await forward.close();
      await dataset.close();
    },
  };
}
