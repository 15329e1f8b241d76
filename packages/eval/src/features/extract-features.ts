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

/**
 * Streams a data set through a model, batch by batch, into one sink for each of the model's parts. An undecodable image of a `skipBad` data
 * set is left out.
 *
 * @returns a table for each sink
 * @throws UserError when no image is left, or the model gives values that are not finite; the sinks are discarded then
 */
export async function extractInto(
  sinks: readonly FeatureSink[],
  model: VectorModel,
  dataset: Dataset,
  options: ExtractOptions = {},
): Promise<FeatureTable[]> {
  const { imageSize } = model.preprocessing;
  const { subset, workers, seed, onProgress, transform = modelTransform(model) } = options;
  const total = subset?.length ?? dataset.length;
  let count = 0;
  try {
    const loader = createLoader(dataset, {
      batchSize: Math.min(options.batchSize ?? batchSizeFor(imageSize), total),
      transform,
      ...(seed !== undefined && { seed }),
      ...(subset && { subset }),
      ...(workers !== undefined && { workers }),
    });
    try {
      for await (const { pixels, labels, indices } of loader.epoch(options.epoch ?? 0)) {
        for (const [part, values] of (await model.runParts(pixels)).entries()) {
          checkFinite(model, part, values, count);
          sinks[part]!.append(values, labels, indices);
        }
        count += labels.length;
        onProgress?.(count, total);
      }
    } finally {
      await loader.close();
    }
    if (count === 0) throw new UserError(`extractFeatures: ${dataset.name} must hold a decodable image, got none.`);
  } catch (error) {
    for (const sink of sinks) sink.discard();
    throw error;
  }
  return sinks.map((sink) => sink.finish());
}

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
