import { UserError } from '@mfm/cli';
import { createLoader, type Dataset, evalTransform, type TransformSpec } from '@mfm/data';
import type { VectorModel } from '../model/feature-model.ts';
import { type FeatureSink, memorySink } from './feature-sink.ts';
import { type FeatureTable, joinColumns } from './feature-table.ts';

/** Images per run of the model, by their side: small images need large batches to fill the cores, large ones would fill memory. */
export const batchSizeFor = (imageSize: number) => (imageSize <= 64 ? 256 : 32);

export interface ExtractOptions {
  /** Indices of the images to use, in this order. Default: all. */
  readonly subset?: Int32Array;
  /** Default: the evaluation transform that the model asks for. */
  readonly transform?: TransformSpec;
  /** Key the draws of a random transform. Default 0. */
  readonly seed?: number;
  readonly epoch?: number;
  readonly batchSize?: number;
  /** Loader threads. */
  readonly workers?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/** The transform that a model asks for: resize, central crop. */
export const modelTransform = ({ preprocessing }: Pick<VectorModel, 'preprocessing'>): TransformSpec =>
  evalTransform(preprocessing.imageSize, { resize: preprocessing.resize, interpolation: preprocessing.interpolation });

function checkFinite(model: VectorModel, part: number, values: Float32Array, first: number): void {
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  const { name, dim } = model.parts[part]!;
  throw new UserError(
    `extractFeatures: "${name}" of ${model.path} must be finite, got ${values[bad]} for image ${first + Math.floor(bad / dim)}. ` +
      'The model is broken, or its training diverged.',
  );
}

/** Features of one batch of images. */
export interface FeatureBatch {
  /** `[N, dim]` for each of the model's parts. */
  readonly parts: readonly Float32Array[];
  /** `[N]`. */
  readonly labels: Int32Array;
  /** `[N]`, each image's number in its data set. */
  readonly indices: Int32Array;
}

/** Images of a batch. */
export const batchSizeOf = (model: VectorModel, images: number, { batchSize }: ExtractOptions): number =>
  Math.min(batchSize ?? batchSizeFor(model.preprocessing.imageSize), images);

/**
 * Streams a data set through a model. An undecodable image of a `skipBad` data set is left out.
 *
 * @throws UserError when the model gives values that are not finite
 */
export async function* featureBatches(
  model: VectorModel,
  dataset: Dataset,
  options: ExtractOptions = {},
): AsyncGenerator<FeatureBatch, void, undefined> {
  const { subset, workers, seed, transform = modelTransform(model) } = options;
  let count = 0;
  const loader = createLoader(dataset, {
    batchSize: batchSizeOf(model, subset?.length ?? dataset.length, options),
    transform,
    ...(seed !== undefined && { seed }),
    ...(subset && { subset }),
    ...(workers !== undefined && { workers }),
  });
  try {
    for await (const { pixels, labels, indices } of loader.epoch(options.epoch ?? 0)) {
      const parts = await model.runParts(pixels);
      for (const [part, values] of parts.entries()) checkFinite(model, part, values, count);
      count += labels.length;
      yield { parts, labels, indices };
    }
  } finally {
    await loader.close();
  }
}

/**
 * Puts batches into one sink for each of the model's parts.
 *
 * @param total images that there may be
 * @returns a table for each sink
 * @throws UserError when no image is left; the sinks are discarded then, and whenever a batch fails
 */
export async function fillSinks(
  sinks: readonly FeatureSink[],
  batches: AsyncIterable<FeatureBatch>,
  { name }: Pick<Dataset, 'name'>,
  total: number,
  onProgress?: ExtractOptions['onProgress'],
): Promise<FeatureTable[]> {
  let count = 0;
  try {
    for await (const { parts, labels, indices } of batches) {
      for (const [part, values] of parts.entries()) sinks[part]!.append(values, labels, indices);
      count += labels.length;
      onProgress?.(count, total);
    }
    if (count === 0) throw new UserError(`extractFeatures: ${name} must hold a decodable image, got none.`);
  } catch (error) {
    for (const sink of sinks) sink.discard();
    throw error;
  }
  return sinks.map((sink) => sink.finish());
}

/**
 * Streams a data set through a model, batch by batch, into one sink for each of the model's parts.
 *
 * @returns a table for each sink
 * @throws UserError when no image is left, or the model gives values that are not finite; the sinks are discarded then
 */
export const extractInto = (
  sinks: readonly FeatureSink[],
  model: VectorModel,
  dataset: Dataset,
  options: ExtractOptions = {},
): Promise<FeatureTable[]> =>
  fillSinks(
    sinks,
    featureBatches(model, dataset, options),
    dataset,
    options.subset?.length ?? dataset.length,
    options.onProgress,
  );

/**
 * Features of a data set, in memory: images × dim × 4 bytes; see {@link extractInto}. `openFeatures` keeps them in files instead.
 *
 * @throws UserError when no image is left, or the model gives values that are not finite
 */
export async function extractFeatures(
  model: VectorModel,
  dataset: Dataset,
  options: ExtractOptions = {},
): Promise<FeatureTable> {
  const total = options.subset?.length ?? dataset.length;
  const sinks = model.parts.map(({ dim }) => memorySink(total, dim));
  return joinColumns(await extractInto(sinks, model, dataset, options));
}
